import { afterAll, beforeAll, expect, it } from 'vitest';
import { toProblem } from '../src/index.ts';
import { startWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;

beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

const session = (role: string) => ({ user: { id: 'cli:ada', email: 'cli:ada', name: 'ada', role } });

it('calls procedures without a request, as the given user', async () => {
  const { api } = await world.start();
  const { admin } = api.callAs(session('admin'));
  expect(await admin.me()).toEqual({ email: 'cli:ada', name: 'ada', role: 'admin' });
  expect(await admin.retry({ ids: ['nobody'] })).toEqual({ ids: [] });
});

it('allows no more than the role does', async () => {
  const { api } = await world.start();
  const refused = api.callAs(session('viewer')).admin.retry({ ids: ['nobody'] });
  await expect(refused.catch((error: unknown) => toProblem(error).code)).resolves.toBe('forbidden');
});

it('reports the settings of both stores', async () => {
  const { api } = await world.start();
  const findings = await api.callAs(session('viewer')).admin.settings();
  expect(new Set(findings.map(({ store }) => store))).toEqual(new Set(['redis', 'postgres']));
});
