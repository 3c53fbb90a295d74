import { newId } from '@spillway/queue';
import { solveChallenge } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { waitFor } from '@spillway/devstack';
import { ENDPOINTS, startWorld } from './world.ts';
import type { House, World } from './world.ts';

/** A quarter of it is let through without a question. */
const LIMIT = { rateLimit: { perMinute: 20 } };
const FREE = 5;

let world: World;
let addresses = 0;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.stop());

const newAddress = () => `192.0.2.${(addresses += 1)}`;
const input = (check?: object) => ({ id: newId(), data: { n: 1 }, ...(check && { check }) });
const page = ({ api }: House, body: object, address: string) => ENDPOINTS.trpc(api, body, {}, address);

async function solved(challenge: unknown): Promise<string> {
  const given = JSON.parse(JSON.stringify(challenge));
  return JSON.stringify({
    challenge: given,
    solution: await solveChallenge({ challenge: given, deriveKey }),
  });
}

/** Its connection is there: until then it counts in memory. */
async function countsInRedis(house: House): Promise<void> {
  await waitFor(async () => {
    const address = newAddress();
    await ENDPOINTS.rest(house.api, input(), {}, address);
    return (await world.redis.command('EXISTS', `spillway:count:submit:${address}`)) === 1;
  });
}

/** An address that was asked, and the challenge. */
async function suspected(house: House) {
  const address = newAddress();
  for (let n = 0; n < FREE; n += 1) expect((await page(house, input(), address)).status).toBe(200);
  const { status, problem } = await page(house, input(), address);
  expect(status).toBe(403);
  expect(problem).toMatchObject({ code: 'challenge-required', indeterminate: false });
  return { address, challenge: problem.challenge };
}

it('an address that sends much must solve a challenge, is accepted with the solution, and each solution counts once', async () => {
  const house = await world.start({ ...LIMIT, redis: world.redis.url });
  const other = await world.start({ ...LIMIT, redis: world.redis.url });
  await Promise.all([house, other].map(countsInRedis));
  const { address, challenge } = await suspected(house);
  const check = { solution: await solved(challenge) };
  expect((await page(house, input(check), address)).status).toBe(200);
  // In another process too: what was used is known to all.
  expect((await page(other, input(check), address)).problem.code).toBe('challenge-required');
});

it('a wrong, changed or foreign solution is answered with a new challenge, never with a loss', async () => {
  const house = await world.start(LIMIT);
  const { address, challenge } = await suspected(house);
  const foreign = await world.start({ ...LIMIT, secret: 'another secret for the tests' });
  const changed = (await solved(challenge)).replace(/"counter":\d+/, '"counter":1');
  for (const solution of [
    'nonsense',
    changed,
    await solved((await suspected(foreign)).challenge),
    'x'.repeat(9999),
  ]) {
    const { status, problem } = await page(house, input({ solution }), address);
    expect([status, problem.code]).toEqual([403, 'challenge-required']);
    expect(JSON.stringify(problem.challenge)).not.toBe(JSON.stringify(challenge));
  }
});

it('a sender that fills in the hidden field must solve a challenge at once, even without a rate limit', async () => {
  const house = await world.start();
  const { problem } = await page(house, input({ isTrapped: true }), newAddress());
  expect(problem.code).toBe('challenge-required');
  const solution = await solved(problem.challenge);
  expect((await page(house, input({ isTrapped: true, solution }), newAddress())).status).toBe(200);
});

it('programs get no challenge, and a page without JavaScript gets a time to wait instead', async () => {
  const house = await world.start(LIMIT);
  const address = newAddress();
  const caller = { channel: 'form', address, origin: 'http://spillway.test', locale: 'en' } as const;
  for (let n = 0; n < FREE; n += 1) await house.api.service.submit(() => input(), caller);
  await expect(house.api.service.submit(() => input(), caller)).rejects.toMatchObject({
    problem: { code: 'rate-limited', retryAfterSeconds: expect.any(Number) },
  });
  expect((await ENDPOINTS.rest(house.api, input(), {}, address)).status).toBe(202);
});

it('all processes count together; while Redis is frozen each counts alone, and no sender waits for Redis', async () => {
  const options = { rateLimit: { perMinute: 3 }, redis: world.redis.url };
  const houses = [await world.start(options), await world.start(options)] as const;
  const address = newAddress();
  const send = async (house: House) => (await ENDPOINTS.rest(house.api, input(), {}, address)).status;
  await Promise.all(houses.map(countsInRedis));
  expect([await send(houses[0]), await send(houses[1]), await send(houses[0])]).toEqual([202, 202, 202]);
  expect([await send(houses[0]), await send(houses[1])]).toEqual([429, 429]);

  const another = newAddress();
  await world.redis.freeze();
  try {
    // It stays frozen until these are answered.
    const statuses = await Promise.all(
      Array.from(
        { length: 4 },
        async () => (await ENDPOINTS.rest(houses[0].api, input(), {}, another)).status,
      ),
    );
    expect(statuses.filter((status) => status === 202)).toHaveLength(3);
    // Who was out stays out.
    expect(await send(houses[0])).toBe(429);
  } finally {
    await world.redis.resume();
  }
});
