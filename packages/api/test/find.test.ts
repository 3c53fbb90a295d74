import { waitFor } from '@spillway/devstack';
import { newId } from '@spillway/queue';
import { createReceipts, referenceOf } from '@spillway/receipt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENDPOINTS, SECRET, someone, startWorld } from './world.ts';
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
  const { receipt } = await ENDPOINTS.rest(api, { form: 'contact', data: DATA });
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

it('a processed one is found too, and its receipt says so when the queue has forgotten it', async () => {
  const house = await world.start();
  const receipt = await submit(house);
  house.work();
  const stateOf = async () => (await house.api.service.status(receipt.id, receipt.receipt)).state;
  await waitFor(async () => (await stateOf()) === 'processed', { message: 'it to be processed' });
  await expectFound(house, receipt);

  await house.db.$client.query('DELETE FROM spillway.submission_outcomes WHERE id = $1', [receipt.id]);
  const status = await house.api.service.status(receipt.id, receipt.receipt);
  expect(status).toMatchObject({ state: 'processed', form: 'contact', settledAt: expect.any(String) });
  const byId = { reference: receipt.id, proof: EMAIL };
  expect(await house.api.service.find(() => byId, undefined)).toContain(receipt.receipt);
});

it('a sender cannot find another’s: every wrong pair gets the same answer', async () => {
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

describe('a reference that others copy', () => {
  /** Ids with the same ends, in front of it and behind it. */
  async function copy(house: House, original: string, count: number, email: string): Promise<void> {
    const [begins, ends] = [original.slice(0, 8), original.slice(-12)];
    const data = JSON.stringify({ ...DATA, email });
    await house.db.$client.query(
      `INSERT INTO spillway.fallback_submissions (queue, id, form, data, digest, created_at, run_at)
      SELECT $1, ($2 || '-' || lpad(to_hex(n / 16384), 4, '0') || '-7000-' || to_hex(32768 + n % 16384) || '-' || $3)::uuid,
        'contact', $4, '', now() + n * interval '1 ms', now() + interval '1 day' FROM generate_series(1, $5::int) n
      ON CONFLICT DO NOTHING`,
      [house.queue.name, begins, ends, data, count],
    );
  }

  it('14 copies with the victim’s own address hide nothing: the first received is found, by either proof', async () => {
    const house = await world.start({ primary: 'postgres' });
    const receipt = await submit(house);
    await copy(house, receipt.id, 14, EMAIL);
    await expectFound(house, receipt);
  });

  it('100,000 hide nothing either; a submission that cannot be found then is not called missing', async () => {
    const house = await world.start({ primary: 'postgres' });
    const receipt = await submit(house);
    await copy(house, receipt.id, 100_000, EMAIL);
    await expectFound(house, receipt);
    const reference = referenceOf(receipt.id);

    const startedMs = performance.now();
    for (const proof of ['not-a-code-of-any-of-them', 'eve@example.com']) {
      await expect(house.api.service.find(() => ({ reference, proof }), undefined)).rejects.toMatchObject({
        problem: {
          code: 'invalid',
          errors: [{ field: 'reference', message: expect.stringContaining('whole id') }],
        },
      });
    }
    console.log(`two wrong proofs beside 100,000: ${Math.round(performance.now() - startedMs)} ms`);
  }, 60_000);

  it('a copy is found by its own code, and by its whole id however many there are', async () => {
    const house = await world.start({ primary: 'postgres' });
    const receipt = await submit(house);
    await copy(house, receipt.id, 3_000, EMAIL);
    const { found } = await house.queue.inspect.findIdsByReference(
      receipt.id.slice(0, 8),
      receipt.id.slice(-12),
      {
        limit: 10_000,
      },
    );
    const receipts = createReceipts(SECRET);
    for (const [id, reference] of [
      [found[1_500]?.id ?? '', referenceOf(receipt.id)],
      [found.at(-1)?.id ?? '', found.at(-1)?.id ?? ''],
    ] as const) {
      const proof = receipts.codeFor(id);
      expect(await house.api.service.find(() => ({ reference, proof }), undefined)).toBe(
        `/s/${id}?receipt=${proof}`,
      );
    }
  }, 60_000);

  it('the operator gets a list of all, page by page, the first received first', async () => {
    const house = await world.start({ primary: 'postgres' });
    const { id } = await submit(house);
    const { admin } = house.api.callAs(someone('viewer'));
    const reference = referenceOf(id);
    expect(await admin.reference({ reference })).toMatchObject({ rows: [{ id, location: 'waiting' }] });
    expect(await admin.submission({ id: reference })).toMatchObject({ id });
    await copy(house, id, 120, EMAIL);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await admin.reference({ reference, ...(cursor !== undefined && { cursor }) });
      expect(page.rows.length).toBeLessThanOrEqual(50);
      seen.push(...page.rows.map((row) => row.id));
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    expect(seen[0]).toBe(id);
    expect(new Set(seen).size).toBe(121);
    expect(seen).toHaveLength(121);
    await expect(admin.submission({ id: reference })).rejects.toThrow(`the first received is ${id}`);
    await expect(admin.reference({ reference: 'nothing' })).rejects.toThrow('Enter a reference');
    await expect(admin.reference({ reference: referenceOf(newId()) })).rejects.toThrow('knows nothing');
  });
});

it('an invalid reference and a missing proof are named', async () => {
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
