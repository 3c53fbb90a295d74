import fc from 'fast-check';
import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createQueue, createWorker, InvalidOptionsError, migrate } from '@spillway/queue';
import type { Handler } from '@spillway/queue';
import { createReport } from '../../src/contract/events.ts';
import { resolveQueueOptions } from '../../src/contract/options.ts';
import { resolveWorkerOptions } from '../../src/contract/worker-options.ts';
import type { QueueOptions } from '../../src/contract/options.ts';
import type { WorkerOptions } from '../../src/contract/worker-options.ts';
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
  ])('refuse an invalid backoff: %o', (backoffMs) => {
    expectRefused('backoffMs', () => worker({ backoffMs }));
  });
});

describe('values that are undefined', () => {
  it('are as if they were left out', () => {
    const none = {
      name: undefined,
      redis: undefined,
      hedgeMs: undefined,
      maxBytes: undefined,
      onEvent: undefined,
    };
    expect(queue(none)).toMatchObject({ name: 'default', maxBytes: 262_144, hedgeMs: { min: 20, max: 150 } });
    expect(worker({ name: undefined, leaseMs: undefined })).toMatchObject({ leaseMs: 30_000 });
  });
});

describe('an unknown option', () => {
  const loose = (options: object) => () => queue(options);
  it.each([
    ['maxByte', 'maxBytes'],
    ['MAXBYTES', 'maxBytes'],
    ['schemes', 'schemas'],
    ['redisUrl', 'redis'],
    ['deadLineMs', 'deadlineMs'],
    ['onEvents', 'onEvent'],
  ])('of a queue, %s, is refused with the nearest name', (name, meant) => {
    expectRefused(`Did you mean ${meant}?`, loose({ [name]: 1 }));
  });

  it('that resembles no other is refused with all names that there are', () => {
    expectRefused('retentionMs', loose({ colour: 'red' }));
  });

  it('of a worker, and inside a range, is refused too', () => {
    expectRefused('Did you mean concurrency?', () => worker({ concurency: 1 } as WorkerOptions));
    expectRefused('Did you mean max?', loose({ hedgeMs: { min: 1, maxx: 2 } }));
    expectRefused('hedgeMs.min', loose({ hedgeMs: { max: 2 } }));
    expectRefused('backoffMs.max', () => worker({ backoffMs: { base: 1 } } as WorkerOptions));
  });

  it.each([undefined, null, 'redis://localhost', []])(
    'is not looked for in %o: an object is wanted',
    (options) => {
      expectRefused('object', () => resolveQueueOptions(options as unknown as QueueOptions));
    },
  );
});

/** Shapes of what people hand over, by the packages that they come from. */
class RestClient {
  get = () => 1;
  pipeline = () => 1;
}
const nodeRedis = { connect: () => 1, duplicate: () => nodeRedis, sendCommand: () => 1, options: {} };

describe('a value that is no store', () => {
  it.each([
    ['', 'an empty string'],
    ['https://eu1-cat.upstash.io', 'rediss://'],
    ['postgres://127.0.0.1/none', 'postgres://'],
    [6379, 'a number'],
    [null, 'null'],
    [nodeRedis, 'another package than ioredis'],
    [new RestClient(), 'another package than ioredis'],
    [{ url: 'redis://127.0.0.1' }, 'url'],
    [{ socket: { host: '127.0.0.1' } }, 'node-redis'],
  ])('as redis, %o, is refused with what to give', (redis, says) => {
    const act = () => queue({ redis: redis as string });
    expectRefused('redis://host:6379', act);
    expectRefused(says, act);
  });

  it.each([
    'redis://127.0.0.1',
    'rediss://127.0.0.1',
    '127.0.0.1:6379',
    '/tmp/redis.sock',
    { host: '127.0.0.1' },
  ])('is not suspected in %o', (redis) => expect(queue({ redis }).redis).toBe(redis));

  it.each([
    ['', 'missing'],
    [undefined, 'missing'],
    ['https://db.example.org', 'https://'],
    ['mysql://127.0.0.1/app', 'mysql://'],
    [{ host: '127.0.0.1' }, 'an object of options'],
    [Object.assign(() => 1, { unsafe: () => 1, begin: () => 1 }), 'postgres.js'],
    [new pg.Client(), 'a single connection'],
    [drizzle.mock(), 'Drizzle'],
    [{ $queryRaw: () => 1, $connect: () => 1 }, 'Prisma'],
    [new RestClient(), 'another package'],
  ])('as postgres, %o, is refused with what to give', async (postgres, says) => {
    const act = () => resolveQueueOptions({ postgres: postgres as string });
    expectRefused('new pg.Pool', act);
    expectRefused(says, act);
    await expect(migrate(postgres as string)).rejects.toThrow(says);
  });

  it('is never repeated in the message: it may hold a password', () => {
    for (const options of [{ redis: 'http://u:secret@h' }, { postgres: 'mysql://u:secret@h' }]) {
      expect(() => queue(options)).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining('secret') }),
      );
    }
  });

  it.each([[{ order: {} }], [{ order: undefined }], [{ order: () => 1 }], ['zod']])(
    'is refused like schemas that are none: %o',
    (schemas) => expectRefused('schemas', () => queue({ schemas: schemas as never })),
  );
});

describe('a handler', () => {
  const handle = async () => {};
  it.each([
    ['a bare function', handle, 'is a function'],
    ['nothing', undefined, 'is undefined'],
    ['an empty object', {}, 'neither batch nor external'],
    ['a typo', { batchh: handle }, 'has "batchh"'],
    ['another typo', { extrenal: handle }, 'has "extrenal"'],
    ['both kinds', { batch: handle, external: handle }, 'both batch and external'],
    ['a kind that is no function', { batch: 'handle' }, 'batch is a string'],
    ['an array', [handle], 'neither batch nor external'],
  ])('that is %s is refused when the worker is made, with what to write', async (_, handler, says) => {
    const given = createQueue({ postgres: POSTGRES });
    const act = () => createWorker(given, handler as Handler);
    expectRefused(says, act);
    expectRefused('external', act);
    await given.close();
  });
});

describe('a pool that is given', () => {
  it('needs a connection for each slot and two more, as one of the queue does', async () => {
    const pool = new pg.Pool({ max: 5, connectionString: POSTGRES });
    const handler = { batch: async () => {} };
    const given = createQueue({ postgres: pool });
    expectRefused('at least 6', () => createWorker(given, handler));
    expect(createWorker(given, handler, { concurrency: 3 }).name).not.toBe('');
    await given.close();
  });
});

describe('without a subscriber', () => {
  it('a death is one line on stderr, and nothing else is printed', () => {
    const print = vi.spyOn(console, 'error').mockImplementation(() => {});
    onTestFinished(() => print.mockRestore());
    const report = createReport(queue().onEvent, { queue: 'orders', worker: 'w' });
    report('warn', 'attempt_failed', 'attempt failed', { id: 'a', attempt: 1, error: 'away' });
    report('error', 'dead', 'dead', { id: 'a', attempt: 3, error: 'away\nand gone' });
    expect(print).toHaveBeenCalledTimes(1);
    expect(print.mock.calls[0]).toEqual([
      expect.stringMatching(/^spillway: .*\ba\b.* orders .*attempt 3.*away\\nand gone.*$/),
    ]);
  });
});
