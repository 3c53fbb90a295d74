import { RedisStore } from '../../src/redis/store.ts';
import { MemoryPostgres, MemoryPostgresStore } from './memory-postgres.ts';
import { MemoryRedis } from './memory-redis.ts';
import { describeStore } from '../store-contract.ts';

/* What the model test runs on keeps the promises of the real stores. */

describeStore('Redis in memory', async () => {
  const memory = new MemoryRedis();
  return new RedisStore(async (name, args) => memory.run('tester', name, args), { maxDepth: 1_000 });
});

describeStore('Postgres in memory', async () => new MemoryPostgresStore(new MemoryPostgres(), 'tester'));
