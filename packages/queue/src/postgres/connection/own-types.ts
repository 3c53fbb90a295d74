import type { PoolClient, QueryConfig } from 'pg';

type Reader = (text: string) => unknown;

/** Readers of the types that the queue's statements return, by object id (pg_type.dat). Others stay text. */
const READERS: ReadonlyMap<number, Reader> = new Map<number, Reader>([
  [16, (text) => text === 't'],
  [23, Number],
  [701, Number],
  // text[], of ids only: they need no quotes.
  [1009, (text) => text.slice(1, -1).split(',')],
]);

/** An application may change how pg reads types, for all of its connections or for one. That must not reach the queue's rows. */
export const OWN_TYPES = {
  getTypeParser: (oid: number) => READERS.get(oid) ?? String,
};

/** The same connection, for statements of the queue that Drizzle sends. */
export function withOwnTypes(client: PoolClient): PoolClient {
  return Object.create(client, {
    query: {
      value: (config: QueryConfig, values: unknown[]) =>
        client.query({ ...config, types: OWN_TYPES }, values),
    },
  });
}
