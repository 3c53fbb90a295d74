import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createQueue, InvalidOptionsError } from '@spillway/queue';
import { resolveQueueOptions, resolveWorkerOptions } from '../../src/contract/options.ts';
import type { QueueOptions, WorkerOptions } from '../../src/contract/options.ts';
import { runs } from '../property-runs.ts';
import { anyText } from '../json-values.ts';

const POSTGRES = 'postgres://127.0.0.1:1/none';
const queue = (options: Partial<QueueOptions> = {}) =>
  resolveQueueOptions({ postgres: POSTGRES, ...options });
const worker = (options: WorkerOptions = {}, kind: 'batch' | 'external' = 'batch') =>
  resolveWorkerOptions(options, kind, 'somebody');

const notWhole = fc.oneof(
  fc.integer({ max: 0 }),
  fc.double().filter((value) => !Number.isInteger(value)),
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53),
);

const QUEUE_NUMBERS = [
  'maxBytes',
  'maxDepth',
  'highWater',
  'deadlineMs',
  'retentionMs',
  'acceptConnections',
  'workConnections',
] as const;
const WORKER_NUMBERS = [
  'concurrency',
  'batchSize',
  'leaseMs',
  'maxAttempts',
  'graceMs',
  'pollMs',
  'recoverMs',
] as const;

/** The error names the option, so that its reader need not search. */
function expectRefused(name: string, act: () => unknown): void {
  let thrown: unknown;
  try {
    act();
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(InvalidOptionsError);
  expect(String(thrown)).toContain(name);
}

describe('the options of a queue', () => {
  it('need nothing but Postgres, and keep what is given', () => {
    expect(queue()).toMatchObject({
      name: 'default',
      primary: 'auto',
      maxBytes: 262_144,
      deadlineMs: 2_000,
      hedgeMs: { min: 20, max: 150 },
      retentionMs: 2_592_000_000,
    });
    expect(queue({ name: 'mine', deadlineMs: 700 })).toMatchObject({ name: 'mine', deadlineMs: 700 });
  });

  it.each(QUEUE_NUMBERS)('refuse a %s that is no whole number of at least 1, by its name', (name) => {
    fc.assert(
      fc.property(notWhole, (value) => expectRefused(name, () => queue({ [name]: value }))),
      runs(50),
    );
  });

  it('refuse a name that no key could carry', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, fc.stringMatching(/^[a-z0-9_-]{0,70}$/)), (name) => {
        if (/^[a-z0-9_-]{1,64}$/.test(name)) expect(queue({ name }).name).toBe(name);
        else expectRefused('name', () => queue({ name }));
      }),
      runs(300),
    );
  });

  it('refuse a high-water mark that is not below the depth', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e6 }),
        fc.integer({ min: 1, max: 1e6 }),
        (highWater, maxDepth) => {
          if (highWater < maxDepth)
            expect(queue({ highWater, maxDepth })).toMatchObject({ highWater, maxDepth });
          else expectRefused('highWater', () => queue({ highWater, maxDepth }));
        },
      ),
      runs(200),
    );
  });

  it('refuse hedge times that do not rise, or that leave no time for a second write', () => {
    const ms = fc.integer({ min: 1, max: 5_000 });
    fc.assert(
      fc.property(ms, ms, fc.integer({ min: 1, max: 5_000 }), (min, max, deadlineMs) => {
        const hedgeMs = { min, max };
        if (min <= max && max * 2 <= deadlineMs)
          expect(queue({ hedgeMs, deadlineMs }).hedgeMs).toEqual(hedgeMs);
        else expectRefused('hedgeMs', () => queue({ hedgeMs, deadlineMs }));
      }),
      runs(300),
    );
  });

  it.each([
    { min: Number.NaN, max: 100 },
    { min: 20, max: Number.NaN },
    { min: -1, max: 100 },
    { min: -2, max: -1 },
  ])('refuse hedge times that are none: %o', (hedgeMs) => {
    expectRefused('hedgeMs', () => queue({ hedgeMs }));
  });

  it('refuse a Redis primary without a Redis, and a missing Postgres', () => {
    expectRefused('redis', () => queue({ primary: 'redis' }));
    expectRefused('postgres', () => queue({ postgres: '' }));
  });

  it('refuse a primary that is neither store', () => {
    const primary: unknown = 'rabbitmq';
    expectRefused('primary', () => queue({ primary: primary as 'auto' }));
  });

  it('are checked before anything is connected', () => {
    expect(() => createQueue({ postgres: POSTGRES, maxBytes: 0 })).toThrow(InvalidOptionsError);
  });
});

describe('the options of a worker', () => {
  it('have defaults, which differ by the kind of handler', () => {
    expect(worker()).toMatchObject({ name: 'somebody', batchSize: 200, leaseMs: 30_000, maxAttempts: 10 });
    expect(worker({}, 'external')).toMatchObject({ batchSize: 1 });
  });

  it.each(WORKER_NUMBERS)('refuse a %s that is no whole number of at least 1, by its name', (name) => {
    fc.assert(
      fc.property(notWhole, (value) => expectRefused(name, () => worker({ [name]: value }))),
      runs(50),
    );
  });

  it('refuse a batch size for external handlers, and point to concurrency', () => {
    expectRefused('concurrency', () => worker({ batchSize: 2 }, 'external'));
    expect(worker({ batchSize: 1 }, 'external').batchSize).toBe(1);
  });

  it('refuse a backoff that begins above its cap', () => {
    const ms = fc.integer({ min: 1, max: 1e6 });
    fc.assert(
      fc.property(ms, ms, (base, max) => {
        if (base <= max) expect(worker({ backoffMs: { base, max } }).backoffMs).toEqual({ base, max });
        else expectRefused('backoffMs', () => worker({ backoffMs: { base, max } }));
      }),
      runs(200),
    );
  });

  it.each([
    { base: Number.NaN, max: 10 },
    { base: 1, max: Number.NaN },
    { base: -5, max: 10 },
  ])('refuse a backoff that is none: %o', (backoffMs) => {
    expectRefused('backoffMs', () => worker({ backoffMs }));
  });
});
