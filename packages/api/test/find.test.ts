import { waitFor } from '@spillway/devstack';
import { newId } from '@spillway/queue';
import { referenceOf } from '@spillway/receipt';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DOORS, startWorld } from './world.ts';
import type { House, World } from './world.ts';

const EMAIL = 'ada@example.com';
const DATA = { name: 'Ada', email: EMAIL, message: `Not ${EMAIL.replace('ada', 'eve')}` };
const NOT_FOUND = { problem: { code: 'not-found', status: 404 } };

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.stop());

async function submit({ api }: House) {
  const { receipt } = await DOORS.rest(api, { form: 'contact', data: DATA });
  return receipt;
}

async function expectFound(house: House, receipt: { id: string; receipt: string }): Promise<void> {
  const path = `/s/${receipt.id}?receipt=${receipt.receipt}`;
  for (const reference of [referenceOf(receipt.id), receipt.id.toUpperCase()]) {
    for (const proof of [` ${EMAIL.toUpperCase()} `, receipt.receipt]) {
      expect(await house.api.service.find(() => ({ reference, proof }), undefined)).toBe(path);
    }
  }
}

it('a submission that waits in Postgres is found by its reference, with its email address or its code', async () => {
  const house = await world.start({ primary: 'postgres' });
  await expectFound(house, await submit(house));
});

it('so is one that was processed, and its receipt says so when the queue has long forgotten it', async () => {
  const house = await world.start();
  const receipt = await submit(house);
  house.work();
  const stateOf = async () => (await house.api.service.status(receipt.id, receipt.receipt)).state;
  await waitFor(async () => (await stateOf()) === 'processed', { message: 'it to be processed' });
  await expectFound(house, receipt);

  await house.db.$client.query('DELETE FROM submission_outcomes WHERE id = $1', [receipt.id]);
  const status = await house.api.service.status(receipt.id, receipt.receipt);
  expect(status).toMatchObject({ state: 'processed', form: 'contact', settledAt: expect.any(String) });
  const byId = { reference: receipt.id, proof: EMAIL };
  expect(await house.api.service.find(() => byId, undefined)).toContain(receipt.receipt);
});

it('nobody finds another’s: every wrong pair is told the same', async () => {
  const house = await world.start({ primary: 'postgres' });
  const { id, receipt } = await submit(house);
  const other = await submit(house);
  for (const [reference, proof] of [
    [referenceOf(id), 'eve@example.com'],
    [referenceOf(id), '@'],
    [referenceOf(id), other.receipt],
    [referenceOf(newId()), EMAIL],
    [newId(), EMAIL],
    [other.id, receipt],
  ] as const) {
    await expect(house.api.service.find(() => ({ reference, proof }), undefined)).rejects.toMatchObject(
      NOT_FOUND,
    );
  }
});

it('what cannot be a reference, and a missing proof, are named', async () => {
  const { api } = await world.start();
  const fieldsOf = (reference: string, proof: string) =>
    api.service.find(() => ({ reference, proof }), undefined).catch((error: unknown) => error);
  expect(await fieldsOf('7CDB-AB06', EMAIL)).toMatchObject({
    problem: { code: 'invalid', errors: [{ field: 'reference' }] },
  });
  expect(await fieldsOf(referenceOf(newId()), ' ')).toMatchObject({
    problem: { code: 'invalid', errors: [{ field: 'proof' }] },
  });
});

it('guesses are limited for each address, and while Postgres is away nothing is called missing', async () => {
  const { api } = await world.start({ rateLimit: { perMinute: 100 } });
  const guess = () => api.service.find(() => ({ reference: newId(), proof: EMAIL }), '192.0.2.1');
  for (let n = 0; n < 10; n += 1) await expect(guess()).rejects.toMatchObject(NOT_FOUND);
  await expect(guess()).rejects.toMatchObject({ problem: { code: 'rate-limited' } });
  await world.postgres.kill();
  try {
    await expect(
      api.service.find(() => ({ reference: referenceOf(newId()), proof: EMAIL }), '192.0.2.2'),
    ).rejects.toMatchObject({ problem: { code: 'store-unavailable' } });
  } finally {
    await world.postgres.start();
  }
});
