import { Redis } from 'ioredis';
import { text } from '../payload.ts';
import type { Harness } from '../harness.ts';
import type { Entrant, Producer } from './competitor.ts';

function open(harness: Harness, submit: (client: Redis) => Promise<unknown>): Producer {
  const client = new Redis(harness.redis.url, { enableAutoPipelining: true });
  return {
    submit: () => submit(client),
    [Symbol.asyncDispose]: async () => client.disconnect(),
  };
}

/** The limit: an append to a stream, the commands of one turn of the event loop written together. */
export const xadd: Entrant<Producer> = {
  name: 'ioredis XADD',
  open: async (harness) => open(harness, (client) => client.xadd('bench:stream', '*', 'data', text)),
};

export const rpush: Entrant<Producer> = {
  name: 'ioredis RPUSH',
  open: async (harness) => open(harness, (client) => client.rpush('bench:list', text)),
};
