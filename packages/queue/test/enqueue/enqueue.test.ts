import { describe, expect, it, vi } from 'vitest';
import { ConflictError } from '@spillway/queue';
import { Enqueuer } from '../../src/enqueue/enqueuer.ts';
import { isLasting } from '../../src/redis/connection.ts';
import { RedisStore } from '../../src/redis/store.ts';
import type { PushAnswer } from '../../src/contract/store.ts';
import {
  acceptBench,
  DEADLINE_MS,
  enqueue,
  HEDGE_MS,
  pathTo,
  ScriptedStore,
  simulateTime,
  stopBreakers,
} from './scripted-store.ts';
import type { Reply } from './scripted-store.ts';
import { envelope } from '../support.ts';

/*
 * The accept path as it is, over stores whose answers and latency each test decides. Time is simulated, so that a
 * deadline costs nothing and is exact.
 */

simulateTime();

const always =
  (answer: PushAnswer, afterMs: Reply['afterMs'] = 1) =>
  (): Reply => ({ answer, afterMs });
const down = new Error('it is down');

describe('a healthy primary', () => {
  it('acknowledges alone', async () => {
    const { enqueuer, redis, postgres } = acceptBench('redis');
    expect(await enqueue(enqueuer)).toMatchObject({
      accepted: { via: 'redis', keeps: 'disk', duplicate: false },
    });
    expect(redis.pushes).toHaveLength(1);
    expect(postgres.pushes).toHaveLength(0);
  });

  it('that is Postgres acknowledges before Redis is told of it', async () => {
    const { enqueuer, redis, postgres } = acceptBench('postgres');
    redis.reply = always('stored', 'never');
    expect(await enqueue(enqueuer)).toMatchObject({ accepted: { via: 'postgres' } });
    expect(postgres.pushes[0]?.answeredAtMs).toBeLessThanOrEqual(redis.pushes[0]?.atMs ?? 0);
  });

  it('says of a repeat that it is one', async () => {
    const { enqueuer, redis } = acceptBench('redis');
    redis.reply = always('duplicate');
    expect(await enqueue(enqueuer)).toMatchObject({ accepted: { via: 'redis', duplicate: true } });
  });

  it('that holds other content under the id is a conflict, and the other store is not asked', async () => {
    const { enqueuer, redis, postgres } = acceptBench('redis');
    redis.reply = always('conflict');
    expect(await enqueue(enqueuer)).toMatchObject({ refused: expect.any(ConflictError) });
    expect(postgres.pushes).toHaveLength(0);
  });
});

describe('an id that was minted for its push', () => {
  const minted = () => ({ envelope: envelope(), generatedId: true });
  const told = ({ pushes }: ScriptedStore) => pushes.map((push) => push.generatedId);

  it('is known to nobody when the first store is asked, and may be to whoever comes after', async () => {
    const { enqueuer, redis, postgres } = acceptBench('redis');
    redis.reply = always('stored', 'never');
    await enqueue(enqueuer, minted());
    expect([told(redis), told(postgres)]).toEqual([[true], [false]]);
  });

  it('may be known to the store that is asked a second time', async () => {
    const { enqueuer, redis, postgres } = acceptBench('redis');
    redis.reply = (call) => ({ answer: 'stored', afterMs: call === 0 ? 'never' : 5 });
    postgres.reply = always('stored', 'never');
    await enqueue(enqueuer, minted());
    expect(told(redis)).toEqual([true, false]);
  });

  it('may be known to Redis when it is told of what Postgres keeps', async () => {
    const { enqueuer, redis, postgres } = acceptBench('postgres');
    await enqueue(enqueuer, minted());
    expect([told(postgres), told(redis)]).toEqual([[true], [false]]);
  });
});

describe('a caller who gives up', () => {
  it('before a store was asked leaves nothing behind, and is told so', async () => {
    const { enqueuer, redis, postgres } = acceptBench('redis');
    const settled = await enqueue(enqueuer, undefined, AbortSignal.abort(new Error('the tab was closed')));
    expect(settled).toMatchObject({
      refused: { code: 'NOT_ACCEPTED', indeterminate: false, cause: { message: 'the tab was closed' } },
      tookMs: 0,
    });
    await vi.advanceTimersByTimeAsync(DEADLINE_MS);
    expect([...redis.pushes, ...postgres.pushes]).toEqual([]);
  });

  it('while a store is silent learns at once that the submission may still arrive', async () => {
    const { enqueuer, redis } = acceptBench('redis');
    redis.reply = always('stored', 'never');
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 5);
    const settled = await enqueue(enqueuer, undefined, controller.signal);
    expect(settled).toMatchObject({ refused: { code: 'NOT_ACCEPTED', indeterminate: true }, tookMs: 5 });
  });

  it('after the answer changes nothing', async () => {
    const { enqueuer } = acceptBench('redis');
    const controller = new AbortController();
    const settled = await enqueue(enqueuer, undefined, controller.signal);
    controller.abort();
    expect(settled).toMatchObject({ accepted: { via: 'redis' } });
  });
});

describe('a Redis that refuses', () => {
  const LASTING = [
    'READONLY',
    'OOM',
    'MISCONF',
    'NOREPLICAS',
    'LOADING',
    'NOAUTH',
    'WRONGPASS',
    'NOPERM',
    'CLUSTERDOWN',
    'WRONGTYPE',
  ];

  /** The real store over a connection that fails with this error. */
  function failing(error: Error) {
    const store = new RedisStore(() => Promise.reject(error), { maxDepth: 10 });
    const redis = pathTo(store, { isLasting });
    const postgres = new ScriptedStore('postgres');
    const postgresPath = pathTo(postgres);
    const enqueuer = new Enqueuer({
      queue: 'test',
      primary: 'redis',
      redis,
      postgres: postgresPath,
      deadlineMs: DEADLINE_MS,
      lastResort: false,
      onKeptByRedis: () => {},
    });
    return { enqueuer, redis, postgres };
  }

  function replyError(message: string): Error {
    return Object.assign(new Error(message), { name: 'ReplyError' });
  }

  it.each([...LASTING, 'BUSY', 'TRYAGAIN'])(
    'with %s costs nothing: Postgres takes it at once',
    async (code) => {
      const { enqueuer, redis, postgres } = failing(replyError(`${code} for some reason`));
      const settled = await enqueue(enqueuer);
      expect(settled).toMatchObject({ accepted: { via: 'postgres' } });
      expect(settled.tookMs).toBeLessThan(HEDGE_MS.min);
      expect(postgres.pushes[0]?.reason).toBe('redis_refused');
      expect(redis.health.breaker.open).toBe(LASTING.includes(code));
      redis.health.breaker.stop();
    },
  );

  it.each([...LASTING, 'BUSY', 'TRYAGAIN'])(
    'with %s, and Postgres too, certainly did not store it',
    async (code) => {
      const { enqueuer, redis, postgres } = failing(replyError(`${code} for some reason`));
      postgres.reply = always('refused');
      expect(await enqueue(enqueuer)).toMatchObject({ refused: { indeterminate: false } });
      redis.health.breaker.stop();
    },
  );

  it.each(['Command timed out', 'Connection is closed.', 'read ECONNRESET'])(
    'to answer (%s) may have stored it nevertheless',
    async (message) => {
      const { enqueuer, postgres } = failing(new Error(message));
      expect(await enqueue(enqueuer)).toMatchObject({ accepted: { via: 'postgres' } });
      postgres.reply = always('refused');
      expect(await enqueue(enqueuer)).toMatchObject({ refused: { indeterminate: true } });
    },
  );

  it('for want of a connection was certainly not asked', async () => {
    const { enqueuer, redis, postgres } = failing(
      new Error("Stream isn't writeable and enableOfflineQueue is false"),
    );
    postgres.reply = always('refused');
    expect(await enqueue(enqueuer)).toMatchObject({ refused: { indeterminate: false } });
    redis.health.breaker.stop();
  });
});

describe('a silent primary', () => {
  it('costs the hedge time and one write to the other', async () => {
    const { enqueuer, redis, postgres } = acceptBench('redis');
    redis.reply = always('stored', 'never');
    const settled = await enqueue(enqueuer);
    expect(settled).toMatchObject({ accepted: { via: 'postgres' } });
    expect(settled.tookMs).toBeLessThanOrEqual(HEDGE_MS.max + 5);
    expect(postgres.pushes).toMatchObject([{ reason: 'redis_hedge' }]);
  });

  it('that answers first after all is the one that acknowledges', async () => {
    const { enqueuer, redis, postgres } = acceptBench('redis');
    redis.reply = always('stored', HEDGE_MS.max + 20);
    postgres.reply = always('stored', 200);
    expect(await enqueue(enqueuer)).toMatchObject({ accepted: { via: 'redis' } });
    expect(postgres.pushes).toHaveLength(1);
  });

  it('that answers just in time is not hedged', async () => {
    const { enqueuer, redis, postgres } = acceptBench('redis');
    redis.reply = always('stored', HEDGE_MS.max - 1);
    expect(await enqueue(enqueuer)).toMatchObject({ accepted: { via: 'redis' } });
    expect(postgres.pushes).toHaveLength(0);
  });

  it('opens the breaker after five such calls, and then costs nothing', async () => {
    const bench = acceptBench('redis');
    bench.redis.reply = always('stored', 'never');
    for (let n = 0; n < 5; n += 1) await enqueue(bench.enqueuer);
    expect(bench.redisPath.health.breaker.open).toBe(true);
    const settled = await enqueue(bench.enqueuer);
    expect(settled).toMatchObject({ accepted: { via: 'postgres' } });
    expect(settled.tookMs).toBeLessThan(5);
    stopBreakers(bench);
  });

  it('counts as one slow call, however many callers wait for it', async () => {
    const bench = acceptBench('redis');
    bench.redis.reply = always('stored', HEDGE_MS.max + 10);
    await Promise.all(Array.from({ length: 10 }, () => enqueue(bench.enqueuer)));
    expect(bench.redis.pushes).toHaveLength(1);
    expect(bench.redisPath.health.breaker.open).toBe(false);
    stopBreakers(bench);
  });

  it('is asked again where the other refuses, as long as there is time: slow is not away', async () => {
    const { enqueuer, redis, postgres } = acceptBench('redis');
    redis.reply = (call) => ({ answer: 'stored', afterMs: call < 2 ? 'never' : 5 });
    postgres.reply = always('refused');
    const settled = await enqueue(enqueuer);
    expect(settled).toMatchObject({ accepted: { via: 'redis' } });
    expect(settled.tookMs).toBeLessThan(DEADLINE_MS);
  });

  it('is asked again while the other is silent, too', async () => {
    const { enqueuer, redis, postgres } = acceptBench('redis');
    redis.reply = (call) => ({ answer: 'stored', afterMs: call === 0 ? 'never' : 5 });
    postgres.reply = always('stored', 'never');
    const settled = await enqueue(enqueuer);
    expect(settled).toMatchObject({ accepted: { via: 'redis' } });
    expect(settled.tookMs).toBeLessThan(DEADLINE_MS / 2);
  });

  it('of which the first push may have arrived is not certain to hold nothing, whatever it says later', async () => {
    const { enqueuer, redis, postgres } = acceptBench('redis');
    redis.reply = (call) => ({ answer: 'refused', afterMs: call === 0 ? 'never' : 1 });
    postgres.reply = always('refused');
    expect(await enqueue(enqueuer)).toMatchObject({ refused: { indeterminate: true } });
  });

  it('leaves it open whether the submission is there, where the other refuses', async () => {
    const { enqueuer, redis, postgres } = acceptBench('redis');
    redis.reply = always('stored', 'never');
    postgres.reply = always('refused');
    expect(await enqueue(enqueuer)).toMatchObject({ refused: { indeterminate: true } });
  });
});

describe('an open breaker', () => {
  it('costs nothing: the other store is asked at once, and this one is left alone', async () => {
    const bench = acceptBench('redis');
    bench.redisPath.health.breaker.trip(down);
    const settled = await enqueue(bench.enqueuer);
    expect(settled).toMatchObject({ accepted: { via: 'postgres' } });
    expect(settled.tookMs).toBeLessThan(5);
    expect(bench.redis.pushes).toHaveLength(0);
    expect(bench.postgres.pushes).toMatchObject([{ reason: 'redis_open' }]);
    stopBreakers(bench);
  });

  it.each(['refused', 'unknown', 'full'] as const)(
    'is only a preference: the store is really tried where the other answers %s',
    async (answer) => {
      const bench = acceptBench('redis');
      bench.redisPath.health.breaker.trip(down);
      bench.postgres.reply = always(answer);
      expect(await enqueue(bench.enqueuer)).toMatchObject({ accepted: { via: 'redis' } });
      stopBreakers(bench);
    },
  );

  it('of both stores: both are really tried', async () => {
    const bench = acceptBench('redis');
    bench.redisPath.health.breaker.trip(down);
    bench.postgresPath.health.breaker.trip(down);
    bench.redis.reply = always('refused');
    expect(await enqueue(bench.enqueuer)).toMatchObject({ accepted: { via: 'postgres' } });
    stopBreakers(bench);
  });

  it.each(['redis', 'postgres'] as const)(
    'is only a preference: the store is really tried where Postgres is silent, with %s as primary',
    async (primary) => {
      const bench = acceptBench(primary);
      bench.redisPath.health.breaker.trip(down);
      bench.postgres.reply = always('stored', 'never');
      expect(await enqueue(bench.enqueuer)).toMatchObject({ accepted: { via: 'redis' } });
      stopBreakers(bench);
    },
  );
});

describe('a full store', () => {
  it('is passed over for the other, and not overridden', async () => {
    const { enqueuer, redis, postgres } = acceptBench('redis');
    redis.reply = always('full');
    expect(await enqueue(enqueuer)).toMatchObject({ accepted: { via: 'postgres' } });
    expect(redis.pushes.map((push) => push.force)).toEqual([false]);
    expect(postgres.pushes).toMatchObject([{ reason: 'redis_full' }]);
  });

  it.each(['refused', 'unknown'] as const)('is overridden once the other has answered %s', async (answer) => {
    const { enqueuer, redis, postgres } = acceptBench('redis');
    redis.reply = (_, force) => ({ answer: force ? 'stored' : 'full', afterMs: 1 });
    postgres.reply = always(answer);
    expect(await enqueue(enqueuer)).toMatchObject({ accepted: { via: 'redis' } });
    expect(redis.pushes.map((push) => push.force)).toEqual([false, true]);
    expect(redis.pushes[1]?.atMs).toBeGreaterThanOrEqual(
      postgres.pushes[0]?.answeredAtMs ?? Number.POSITIVE_INFINITY,
    );
  });

  it('is overridden where the other is silent', async () => {
    const { enqueuer, redis, postgres } = acceptBench('redis');
    redis.reply = (_, force) => ({ answer: force ? 'stored' : 'full', afterMs: 1 });
    postgres.reply = always('stored', 'never');
    expect(await enqueue(enqueuer)).toMatchObject({ accepted: { via: 'redis' } });
  });
});

describe('what counts as an acknowledgement', () => {
  it.each(['second', 'memory', 'unknown'] as const)(
    'does not come from a Redis that keeps %s, in auto and postgres: it is only told afterwards',
    async (keeps) => {
      for (const primary of ['auto', 'postgres'] as const) {
        const { enqueuer, redis, postgres } = acceptBench(primary, keeps);
        expect(await enqueue(enqueuer)).toMatchObject({ accepted: { via: 'postgres', keeps: 'disk' } });
        expect(redis.pushes).toHaveLength(1);
        postgres.reply = always('refused');
        expect(await enqueue(enqueuer)).toMatchObject({ refused: { indeterminate: false } });
        expect(redis.pushes).toHaveLength(1);
      }
    },
  );

  it('comes from Redis first in auto, once its settings say that it keeps', async () => {
    const bench = acceptBench('auto', 'unknown');
    expect(bench.enqueuer.order().map((path) => path.name)).toEqual(['postgres']);
    bench.redisPath.health.recordSettings({ keeps: 'disk', durability: '' });
    expect(bench.enqueuer.order().map((path) => path.name)).toEqual(['redis', 'postgres']);
  });

  it('comes from a forced Redis whatever it keeps, and says what that is', async () => {
    const { enqueuer } = acceptBench('redis', 'memory');
    expect(await enqueue(enqueuer)).toMatchObject({ accepted: { via: 'redis', keeps: 'memory' } });
  });
});

describe('a Redis that does not keep, as the last resort', () => {
  it.each(['auto', 'postgres'] as const)(
    'acknowledges at once where Postgres has refused, primary %s',
    async (primary) => {
      const { enqueuer, postgres, redis } = acceptBench(primary, 'memory', true);
      postgres.reply = always('refused');
      const settled = await enqueue(enqueuer);
      expect(settled).toMatchObject({ accepted: { via: 'redis', keeps: 'memory' } });
      expect(settled.tookMs).toBeLessThan(HEDGE_MS.min);
      expect(redis.pushes[0]).toMatchObject({ reason: 'postgres_last_resort', force: true });
    },
  );

  it('is not asked while Postgres may still answer: a slow answer that keeps beats a fast one that does not', async () => {
    const { enqueuer, postgres, redis } = acceptBench('auto', 'memory', true);
    postgres.reply = always('stored', DEADLINE_MS - 3 * HEDGE_MS.max);
    expect(await enqueue(enqueuer)).toMatchObject({ accepted: { via: 'postgres', keeps: 'disk' } });
    expect(redis.pushes.map((push) => push.reason)).not.toContain('postgres_last_resort');
  });

  it('acknowledges within the deadline where Postgres stays silent', async () => {
    const { enqueuer, postgres } = acceptBench('auto', 'memory', true);
    postgres.reply = always('stored', 'never');
    const settled = await enqueue(enqueuer);
    expect(settled).toMatchObject({ accepted: { via: 'redis', keeps: 'memory' } });
    expect(settled.tookMs).toBeLessThanOrEqual(DEADLINE_MS);
  });

  it('is asked after the hedge delay where Postgres is known to be away', async () => {
    const { enqueuer, postgres, postgresPath } = acceptBench('auto', 'memory', true);
    postgres.reply = always('stored', 'never');
    postgresPath.health.breaker.trip(down);
    const settled = await enqueue(enqueuer);
    expect(settled).toMatchObject({ accepted: { via: 'redis', keeps: 'memory' } });
    expect(settled.tookMs).toBeLessThanOrEqual(HEDGE_MS.max + 10);
  });

  it('that fails too leaves the sender with a refusal that says whether it may have arrived', async () => {
    const { enqueuer, postgres, redis } = acceptBench('auto', 'memory', true);
    postgres.reply = always('refused');
    redis.reply = always('refused');
    expect(await enqueue(enqueuer)).toMatchObject({ refused: { indeterminate: false } });
    redis.reply = always('stored', 'never');
    const settled = await enqueue(enqueuer);
    expect(settled).toMatchObject({ refused: { indeterminate: true } });
    expect(settled.tookMs).toBeLessThanOrEqual(DEADLINE_MS);
  });

  it('takes what it would otherwise refuse as too much', async () => {
    const { enqueuer, postgres, redis } = acceptBench('auto', 'memory', true);
    postgres.reply = always('refused');
    redis.reply = (_, force) => ({ answer: force ? 'stored' : 'full', afterMs: 1 });
    expect(await enqueue(enqueuer)).toMatchObject({ accepted: { via: 'redis' } });
  });
});
