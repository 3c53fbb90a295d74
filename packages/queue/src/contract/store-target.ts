import { InvalidOptionsError, kindOf } from './errors.ts';

/*
 * What callers hand over by mistake as a store, told by its shape, since it comes from other packages or other copies of ours. The
 * messages never repeat an address: it may hold a password.
 */

const SCHEME = /^([a-z][a-z0-9+.-]*):\/\//i;
const POOL =
  'Give a URL like postgres://user:password@host:5432/database, or a Pool of pg: new pg.Pool({ … })';
const REDIS = 'Give an address like redis://host:6379, or options or an instance of ioredis';

/** Throws `InvalidOptionsError` for what is no Postgres, with what to give. */
export function checkPostgres(target: unknown): void {
  const wrong = whyNotPostgres(target);
  if (wrong !== undefined) throw new InvalidOptionsError(`postgres is ${wrong}. ${POOL}.`);
}

/** Throws `InvalidOptionsError` for what is no Redis, with what to give. */
export function checkRedis(target: unknown): void {
  const wrong = whyNotRedis(target);
  if (wrong !== undefined) throw new InvalidOptionsError(`redis is ${wrong}. ${REDIS}.`);
}

function whyNotPostgres(target: unknown): string | undefined {
  if (target === undefined || target === null || target === '') return 'missing: its variable may be unset';
  if (typeof target === 'string') {
    const [, scheme = 'postgres'] = SCHEME.exec(target) ?? [];
    return /^(postgres|postgresql|socket)$/i.test(scheme) ? undefined : `an address of the kind ${scheme}://`;
  }
  if (typeof target === 'function' && has(target, 'unsafe')) return 'a client of postgres.js';
  if (typeof target !== 'object') return kindOf(target);
  if (has(target, 'connect', 'query') && 'totalCount' in target) return undefined;
  if ('$client' in target) return 'a database of Drizzle, whose pool is its $client';
  if ('$queryRaw' in target || '$connect' in target) return 'a client of Prisma';
  if (has(target, 'connect', 'query')) return 'a single connection (a Client of pg), and several are needed';
  if (has(target, 'selectFrom') || has(target, 'raw')) return 'a query builder';
  return isPlain(target) ? 'an object of options' : 'a client of another package';
}

function whyNotRedis(target: unknown): string | undefined {
  if (target === '')
    return 'an empty string: its variable may be unset. Leave it out to run on Postgres alone';
  if (typeof target === 'string') {
    const [, scheme = 'redis'] = SCHEME.exec(target) ?? [];
    if (/^https?$/i.test(scheme))
      return 'the address of a REST interface (http). The provider shows another one, rediss://…, for TCP';
    return /^rediss?(\+|$)/i.test(scheme) ? undefined : `an address of the kind ${scheme}://`;
  }
  if (typeof target === 'function') return undefined;
  if (typeof target !== 'object' || target === null) return kindOf(target);
  // Of ioredis, or of a fork of it.
  if (has(target, 'duplicate', 'defineCommand')) return undefined;
  if (has(target, 'connect') || has(target, 'get')) return 'a client of another package than ioredis';
  if ('url' in target) return 'options with a url, which ioredis has not: give the address itself';
  if ('socket' in target)
    return 'options of node-redis: those of ioredis have host and port without a socket';
  return undefined;
}

function has(target: object, ...methods: readonly string[]): boolean {
  return methods.every((name) => typeof Reflect.get(target, name) === 'function');
}

function isPlain(target: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(target);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
