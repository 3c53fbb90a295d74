import { Redis } from 'ioredis';
import { text } from '../payload.ts';
import type { Stand } from '../stand.ts';
import type { Entrant, Producer } from './contestant.ts';

function open(stand: Stand, submit: (client: Redis) => Promise<unknown>): Producer {
  const client = new Redis(stand.redis.url, { enableAutoPipelining: true });
  return {
    submit: () => submit(client),
    [Symbol.asyncDispose]: async () => client.disconnect(),
  };
}

/** The limit: an append to a stream, the commands of one turn of the event loop written together. */
export const xadd: Entrant<Producer> = {
  name: 'ioredis XADD',
  open: async (stand) => open(stand, (client) => client.xadd('bench:stream', '*', 'data', text)),
};

export const rpush: Entrant<Producer> = {
  name: 'ioredis RPUSH',
  open: async (stand) => open(stand, (client) => client.rpush('bench:list', text)),
};
