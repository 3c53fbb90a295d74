import type { AdminOverview, Problem } from '@spillway/api';
import { describe, expect, it } from 'vitest';
import { gapsOf, summaryOf, toRates } from '../src/components/admin/overview/rates.ts';
import { sentenceOf } from '../src/components/admin/sentence.ts';
import { ExactNumber, parseTree } from '../src/lib/json-tree.ts';
import { newId } from '../src/lib/new-id.ts';
import { verdictOf } from '../src/lib/outbox/verdict.ts';
import { bytes, countOf, duration, shortId } from '../src/lib/words.ts';

const MINUTE = 60_000;
const NOW = Date.parse('2026-11-23T12:00:00Z');
const ago = (ms: number) => new Date(NOW - ms).toISOString();

describe('an id generated in the browser', () => {
  it('is a UUIDv7 that carries its time', () => {
    const id = newId(NOW);
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)).toBe(NOW);
    expect(newId(NOW)).not.toBe(id);
  });
});

describe('words', () => {
  it('give a duration in its two largest units', () => {
    expect([0, 59_999, 192_000, 60 * MINUTE, 125 * MINUTE, 49 * 60 * MINUTE].map(duration)).toEqual([
      '0 s',
      '59 s',
      '3 min 12 s',
      '1 h',
      '2 h 5 min',
      '2 d 1 h',
    ]);
  });

  it('show a count, and say if counting stopped', () => {
    expect(countOf(1, 'submission')).toBe('1 submission');
    expect(countOf(1482, 'submission')).toBe('1,482 submissions');
    expect(countOf(10_000, 'submission', true)).toBe('10,000 or more submissions');
    expect([bytes(832), bytes(2048)]).toEqual(['832 B', '2.0 KiB']);
    expect(shortId('01a20775-fce3-7153-a864-7cdbab0630df')).toBe('7CDB-AB06-30DF');
  });
});

describe('a payload as a tree', () => {
  it('keeps the digits of every number, and keys that other readers lose', () => {
    const tree = parseTree('{"n":12345678901234567890.10,"__proto__":{"a":1},"t":"\\u0000<b>"}');
    const root = new Map(Object.entries(tree?.root ?? {}));
    expect(root.get('n')).toEqual(new ExactNumber('12345678901234567890.10'));
    expect(root.get('__proto__')).toEqual({ a: new ExactNumber('1') });
    expect(root.get('t')).toBe('\u0000<b>');
    expect(parseTree('{')).toBeUndefined();
  });
});

describe('after a failed attempt', () => {
  const problem = (code: Problem['code'], extras: Partial<Problem> = {}): Problem => ({
    type: `/problems/${code}`,
    title: 'Title',
    status: 500,
    detail: 'Detail',
    code,
    ...extras,
  });

  it('a submission that may have arrived is distinguished from one that did not, and both are sent again', () => {
    const whyOf = (...input: Parameters<typeof verdictOf>) => {
      const verdict = verdictOf(...input);
      return verdict.kind === 'again' ? verdict.why : verdict.kind;
    };
    expect(whyOf(undefined, 1, NOW)).toBe('lost');
    expect(whyOf(problem('internal'), 1, NOW)).toBe('lost');
    expect(whyOf(problem('not-accepted', { indeterminate: true }), 1, NOW)).toBe('maybe');
    expect(whyOf(problem('not-accepted', { indeterminate: false }), 1, NOW)).toBe('no');
    expect(whyOf(problem('rate-limited', { retryAfterSeconds: 9 }), 1, NOW)).toBe('busy');
    expect(whyOf(problem('conflict'), 1, NOW)).toBe('refused');
    expect(whyOf(problem('too-large'), 1, NOW)).toBe('refused');
  });

  it('the wait is at least as long as the server asks for, and grows to half a minute', () => {
    const waitOf = (tries: number, retryAfterSeconds?: number) => {
      const extras = retryAfterSeconds === undefined ? {} : { retryAfterSeconds };
      const verdict = verdictOf(problem('rate-limited', extras), tries, NOW);
      return verdict.kind === 'again' ? verdict.at - NOW : Number.NaN;
    };
    expect(waitOf(1, 60)).toBe(60_000);
    expect(waitOf(1)).toBeGreaterThanOrEqual(1000);
    expect(waitOf(1)).toBeLessThanOrEqual(2000);
    expect(waitOf(5000)).toBeGreaterThanOrEqual(15_000);
    expect(waitOf(5000)).toBeLessThanOrEqual(30_000);
  });

  it('an id of a wrong clock is replaced once, and refused the second time', () => {
    const wrong = problem('invalid-id', { serverTime: ago(0) });
    expect(verdictOf(wrong, 1, NOW)).toEqual({ kind: 'renew', serverTime: NOW });
    expect(verdictOf(wrong, 2, NOW)).toMatchObject({ kind: 'refused' });
  });
});

describe('the sentence of the operations page', () => {
  const store = (name: 'redis' | 'postgres', state: 'up' | 'down' | 'absent', ready = 0) => ({
    name,
    state,
    since: ago(192_000),
    keeps: 'disk' as const,
    durability: '',
    depth: { ready, delayed: 0, active: 0, capped: false },
  });
  const worker = {
    name: 'w',
    startedAt: ago(0),
    seenAt: ago(0),
    workingFrom: 'redis',
    inFlight: 0,
    settled: 0,
    version: '1',
    doing: 'waiting for work from Redis',
  };
  const overview: AdminOverview = {
    queue: 'default',
    at: ago(0),
    redis: store('redis', 'up'),
    postgres: store('postgres', 'up'),
    accepting: 'redis',
    workingFrom: 'redis',
    workers: [worker],
  };
  const say = (change: Partial<AdminOverview>) => sentenceOf({ ...overview, ...change }, NOW).text;

  it('says which store is away, where submissions are safe, and who processes them', () => {
    expect(say({})).toBe('All submissions go through Redis.');
    const waiting = { postgres: store('postgres', 'up', 1482), oldestWaitingAt: ago(190_000) };
    const away = { redis: store('redis', 'down'), accepting: 'postgres', workingFrom: 'postgres' } as const;
    expect(say({ ...waiting, ...away })).toBe(
      'Redis away for 3 min 12 s. 1,482 submissions safe in Postgres, oldest 3 min 10 s, being processed directly from Postgres.',
    );
    expect(say({ ...waiting, ...away, workers: [] })).toMatch(
      /waiting for a worker\. No worker is running\.$/,
    );
    expect(say(waiting)).toBe(
      'Redis is back. 1,482 submissions safe in Postgres, oldest 3 min 10 s, flowing back to Redis.',
    );
  });

  it('promises nothing that depends on a store that is away', () => {
    const down = store('postgres', 'down');
    expect(say({ postgres: down })).toMatch(
      /Redis accepts submissions; nothing can be processed until Postgres is back\.$/,
    );
    expect(say({ postgres: down, redis: store('redis', 'down'), accepting: 'none' })).toMatch(
      /Nothing can be accepted until a store is back\.$/,
    );
    expect(say({ redis: store('redis', 'absent'), accepting: 'postgres', workingFrom: 'postgres' })).toBe(
      'All submissions go through Postgres; no Redis is configured.',
    );
  });

  it('estimates the end only while the backlog falls, and names who paused what', () => {
    const waiting = { postgres: store('postgres', 'up', 1482) };
    const away = { ...waiting, redis: store('redis', 'down'), accepting: 'postgres' } as const;
    const paused = (what: 'worker' | 'recovery') => ({
      controls: { workerPaused: what === 'worker', recoveryPaused: what === 'recovery' },
    });
    expect(say({ ...away, drainEstimateMs: 40_000 })).toMatch(
      /being processed directly from Postgres, drained in about 40 s\.$/,
    );
    expect(say({ ...away, drainEstimateMs: 3 })).toMatch(/drained in about 1 s\.$/);
    expect(say({ ...waiting, drainEstimateMs: 61_000 })).toMatch(
      /flowing back to Redis, drained in about 1 min 1 s\.$/,
    );
    expect(say({ ...away, ...paused('worker') })).toMatch(/, waiting for a worker\. Workers are paused\.$/);
    expect(say({ ...waiting, ...paused('recovery') })).toMatch(
      /in Postgres, not moving back\. Recovery is paused\.$/,
    );
    expect(say({ ...waiting, workers: [] })).toMatch(
      /in Postgres, not moving back\. No worker is running\.$/,
    );
    expect(sentenceOf({ ...overview, ...paused('recovery') }, NOW)).toEqual({
      tone: 'warn',
      text: 'All submissions go through Redis. Recovery is paused.',
    });
  });
});

describe('the flow over time', () => {
  const at = (minute: number) => new Date(NOW + minute * MINUTE).toISOString();
  const counted = (minute: number, redis: number, dead = 0) => ({
    at: at(minute),
    redis,
    postgres: 0,
    settled: redis,
    dead,
  });
  const gap = (minute: number) => ({
    at: at(minute),
    redis: null,
    postgres: null,
    settled: null,
    dead: null,
  });

  it('is per minute for every step, and keeps fractions', () => {
    const rates = toRates({ everyMs: 10 * MINUTE, points: [counted(0, 4821, 3), gap(10)] });
    expect(rates).toEqual([{ at: at(0), redis: 482.1, postgres: 0, settled: 482.1, dead: 0.3 }, gap(10)]);
  });

  it('a gap is not shown as zero, nor a zero as a gap', () => {
    const points = [gap(0), counted(1, 0), gap(2), gap(3), counted(4, 7), gap(5)];
    const rates = toRates({ everyMs: MINUTE, points });
    expect(rates).toEqual(points);
    expect(gapsOf(rates)).toEqual([
      [at(0), at(0)],
      [at(2), at(3)],
      [at(5), at(5)],
    ]);
    expect(gapsOf([{ ...gap(0), settled: 1 }])).toEqual([]);
  });

  it('has a text with its peaks, which says whether every minute was counted', () => {
    expect(summaryOf([counted(0, 9), gap(1), counted(2, 1200, 1)], '1 hour')).toBe(
      'Over 1 hour: Accepted by Redis at most 1,200 a minute; Accepted by Postgres at most 0 a minute; Settled at most 1,200 a minute; Dead at most 1 a minute. Parts of this time were not counted. The table has every number.',
    );
    expect(summaryOf([counted(0, 9)], '1 hour')).not.toContain('nobody');
  });
});
