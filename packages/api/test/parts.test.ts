import { describe, expect, it } from 'vitest';
import { isSameOrigin, originOf } from '../src/http/origin.ts';
import { createCounters } from '../src/abuse/counters.ts';
import { createRateLimit } from '../src/abuse/rate-limit.ts';
import { recoverNow } from '../src/operator/recover-now.ts';

const inMemory = createCounters(undefined, new AbortController().signal);
let limits = 0;
const limitTo = (perMinute: number) => createRateLimit({ perMinute }, `test-${(limits += 1)}`, inMemory);

describe('the rate limit', () => {
  const refused = { problem: { code: 'rate-limited', status: 429, indeterminate: false } };

  it('allows an address a fixed number of requests a minute, then says when to come back', async () => {
    const admit = limitTo(3);
    for (let count = 0; count < 3; count += 1) await admit('192.0.2.1');
    await expect(admit('192.0.2.1')).rejects.toMatchObject(refused);
    const problem = await admit('192.0.2.1').catch(
      (error: { problem: { retryAfterSeconds: number } }) => error.problem,
    );
    expect(problem?.retryAfterSeconds).toBeGreaterThan(0);
    expect(problem?.retryAfterSeconds).toBeLessThanOrEqual(60);
    await admit('192.0.2.2');
  });

  it.each([
    ['2001:db8:1:2::1', '2001:db8:1:2:ffff:eeee:dddd:cccc'],
    ['2001:db8:1:2::1', '2001:0DB8:0001:0002::2'],
    ['::1', '0:0:0:0:0:0:0:9'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['fe80::1%eth0', 'fe80::2%eth0'],
  ])('counts %s and %s as one sender', async (first, second) => {
    const admit = limitTo(1);
    await admit(first);
    await expect(admit(second)).rejects.toMatchObject(refused);
  });

  it('distinguishes networks, and unknown senders', async () => {
    const admit = limitTo(1);
    for (const address of ['2001:db8:1:2::1', '2001:db8:1:3::1', '192.0.2.1', undefined])
      await admit(address);
    await expect(admit(undefined)).rejects.toMatchObject(refused);
  });

  it('counts nothing when it is off', async () => {
    const admit = createRateLimit('off', 'none', inMemory);
    for (let count = 0; count < 500; count += 1) await admit('192.0.2.1');
  });
});

describe('the origin', () => {
  it.each([
    [{ host: 'forms.example.com' }, 'http://forms.example.com'],
    [
      { host: 'inner:3000', 'x-forwarded-host': 'forms.example.com', 'x-forwarded-proto': 'https' },
      'https://forms.example.com',
    ],
    [{ host: 'forms.example.com:8080', 'x-forwarded-proto': 'https,http' }, 'https://forms.example.com:8080'],
    [{ host: 'bad host', 'x-forwarded-proto': 'javascript' }, 'http://0.0.0.0:3000'],
    [{}, 'http://0.0.0.0:3000'],
  ])('of %j is %s', (headers, origin) => {
    expect(originOf(new Headers(Object.entries(headers)), 'http://0.0.0.0:3000/api')).toBe(origin);
  });

  it.each([
    [{}, true],
    [{ origin: 'https://own.example' }, true],
    [{ origin: 'https://other.example' }, false],
    [{ origin: 'null' }, false],
    [{ 'sec-fetch-site': 'same-origin' }, true],
    [{ 'sec-fetch-site': 'same-site', origin: 'https://own.example' }, false],
    [{ 'sec-fetch-site': 'cross-site' }, false],
    [{ 'sec-fetch-site': 'none' }, true],
  ])('%j may change something: %s', (headers, allowed) => {
    expect(isSameOrigin(new Headers(Object.entries(headers)), 'https://own.example')).toBe(allowed);
  });
});

describe('recover now', () => {
  const never = new AbortController().signal;

  it('continues while passes push and more is left, and adds up', async () => {
    const passes = [5, 5, 2].map((pushed, index) => ({ pushed, more: index < 2 }));
    expect(
      await recoverNow({ recover: async () => passes.shift() ?? { pushed: 0, more: false } }, never),
    ).toEqual({ pushed: 12, more: false });
    expect(passes).toEqual([]);
  });

  it('stops at its bound, when Redis takes no more, and when the process stops', async () => {
    let calls = 0;
    const recover = (pushed: number) => async () => ((calls += 1), { pushed, more: true });
    expect(await recoverNow({ recover: recover(1) }, never)).toEqual({ pushed: 20, more: true });
    expect(calls).toBe(20);
    expect(await recoverNow({ recover: recover(0) }, never)).toEqual({ pushed: 0, more: true });
    expect(await recoverNow({ recover: recover(1) }, AbortSignal.abort())).toEqual({ pushed: 1, more: true });
    expect(calls).toBe(22);
  });
});
