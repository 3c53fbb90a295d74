import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LedgerView, SandboxAction } from '../src/index.ts';
import { serve } from './server.ts';
import { startWorld } from './world.ts';
import type { House, World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

/** As the devstack's control socket does it. */
function actOnStore({ store, action }: SandboxAction): Promise<void> {
  return store === 'redis' ? world.redis[action]() : world.postgres[action]();
}

async function open(house: House) {
  const served = await serve(house.api);
  return { ...served, sandbox: served.client({ cookie: 'operator' }).sandbox };
}

const settled = (ask: () => Promise<LedgerView>, expected: Partial<LedgerView>) =>
  expect.poll(ask).toMatchObject(expected);

it('where no devstack runs the stores, there is no sandbox', async () => {
  const { sandbox, close } = await open(await world.start());
  await expect(sandbox.ledger.query()).rejects.toMatchObject({ data: { problem: { code: 'not-found' } } });
  await expect(sandbox.send.mutate({ count: 1 })).rejects.toThrow('no sandbox');
  await close();
});

it('a store can be broken only after a sign-in', async () => {
  const { client, close } = await open(await world.start({ actOnStore }));
  const kill = client().sandbox.act.mutate({ store: 'redis', action: 'kill' });
  await expect(kill).rejects.toMatchObject({ data: { problem: { code: 'unauthorized' } } });
  await close();
});

it('all submissions accepted while Redis is killed and started again are processed: lost 0', async () => {
  const house = await world.start({ actOnStore });
  const { sandbox, close } = await open(house);
  const ledger = () => sandbox.ledger.query();
  await sandbox.send.mutate({ count: 200 });
  await settled(ledger, { accepted: 200, waiting: 200, lost: 0, isSending: false });
  await sandbox.act.mutate({ store: 'redis', action: 'kill' });
  await sandbox.send.mutate({ count: 200 });
  await settled(ledger, { sent: 400, accepted: 400, unasked: ['redis'], isSending: false });
  house.work();
  await sandbox.act.mutate({ store: 'redis', action: 'start' });
  await settled(ledger, { accepted: 400, waiting: 0, processed: 400, dead: 0, unaccounted: 0, lost: 0 });
  await close();
});

it('while Postgres is away the ledger claims neither that it is complete nor that a submission is lost', async () => {
  const house = await world.start({ actOnStore });
  const { sandbox, close } = await open(house);
  const ledger = () => sandbox.ledger.query();
  const worker = house.work();
  await sandbox.send.mutate({ count: 50 });
  await settled(ledger, { processed: 50, lost: 0 });
  await worker.stop();
  await sandbox.send.mutate({ count: 50 });
  await settled(ledger, { accepted: 100, waiting: 50, lost: 0 });
  await sandbox.act.mutate({ store: 'postgres', action: 'stop' });
  await settled(ledger, { accepted: 100, processed: 50, unasked: ['postgres'] });
  await sandbox.act.mutate({ store: 'postgres', action: 'start' });
  house.work();
  await settled(ledger, { accepted: 100, processed: 100, lost: 0 });
  await close();
});

it('submissions that an emptied Redis lost are noticed at once, and sent again under the same id', async () => {
  const house = await world.start({ actOnStore, primary: 'redis' });
  const { sandbox, close } = await open(house);
  const ledger = () => sandbox.ledger.query();
  await sandbox.send.mutate({ count: 50 });
  await settled(ledger, { accepted: 50, waiting: 50, lost: 0 });
  await sandbox.act.mutate({ store: 'redis', action: 'flush' });
  expect(await ledger()).toMatchObject({ accepted: 50, lost: 50, sentAgain: 50 });
  house.work();
  await settled(ledger, { accepted: 50, processed: 50, lost: 0, sentAgain: 50 });
  await close();
});

it('an action that fails says why', async () => {
  const refuse = () => Promise.reject(new Error('it is not ours to touch'));
  const { sandbox, close } = await open(await world.start({ actOnStore: refuse }));
  const kill = sandbox.act.mutate({ store: 'redis', action: 'kill' });
  await expect(kill).rejects.toThrow('It was not done: it is not ours to touch');
  await close();
});
