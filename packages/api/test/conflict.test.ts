import { waitFor } from '@spillway/devstack';
import { newId } from '@spillway/queue';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { serve } from './server.ts';
import { startWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

it('other content under an id that was processed and forgotten is kept as dead, with the id that it conflicts with', async () => {
  const house = await world.start();
  const server = await serve(house.api);
  const { admin, submission } = server.client({ cookie: 'operator', origin: server.url });
  house.work();
  const id = newId();
  const receipt = await submission.submit.mutate({ id, data: { content: 'first' } });
  const known = { id, receipt: receipt.receipt };
  await waitFor(async () => (await submission.status.query(known)).state === 'processed');
  // While Redis remembers the first one, this is a 409; afterwards the worker finds it out.
  await world.redis.flush();
  expect(await submission.submit.mutate({ id, data: { content: 'second' } })).toMatchObject({ id });
  const [dead] = await waitFor(async () => {
    const { rows } = await admin.dead.query({});
    return rows.length === 1 ? rows : undefined;
  });
  expect(dead).toMatchObject({ conflictsWith: id });
  expect(await admin.submission.query({ id: dead?.id ?? '' })).toMatchObject({
    payload: '{"content":"second"}',
    conflictsWith: id,
  });
  expect((await submission.status.query(known)).state).toBe('processed');
  await server.close();
});
