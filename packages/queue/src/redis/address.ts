import { Cluster } from 'ioredis';
import type { RedisOptions } from 'ioredis';
import { InvalidOptionsError } from '../contract/errors.ts';

const ADDRESS = /^rediss?(\+(?:sentinel|cluster))?:\/\/(?:([^@/]*)@)?([^/?#]+)(?:\/([^/?#]*))?$/;
const HOST = /^(\[[0-9a-f:]+\]|[^:[\]]+)(?::(\d{1,5}))?$/i;
const USUAL_PORTS = { sentinel: 26_379, cluster: 6_379 } as const;

/** What an address looks like, for messages. */
export const REDIS_ADDRESSES =
  'an address like redis://host:6379, redis+sentinel://host:26379,host:26379/name or redis+cluster://host:6379,host:6379 (rediss for TLS)';

interface Node {
  readonly host: string;
  readonly port: number;
}

/**
 * What ioredis connects to for an address:
 * `redis://user:password@host:6379/0` - one Redis, as ioredis itself reads it ·
 * `redis+sentinel://user:password@host:26379,host:26379/name` - the master of the group `name` ·
 * `redis+cluster://user:password@host:6379,host:6379` - a Cluster, which is not connected yet.
 * With `rediss` instead of `redis`, over TLS, to Sentinels as well. Throws `InvalidOptionsError`, without the password.
 */
export function readRedisAddress(address: string): string | RedisOptions | Cluster {
  const [, kind, access = '', hosts = '', path = ''] = ADDRESS.exec(address) ?? [];
  if (kind === undefined && /^rediss?\+/i.test(address)) throw malformed(address, `use ${REDIS_ADDRESSES}`);
  if (kind === undefined) return address;
  const tls = address.startsWith('rediss') ? { tls: {} } : {};
  const login = { ...readAccess(access), ...tls };
  if (kind === '+cluster') {
    if (path !== '') throw malformed(address, 'a Cluster has no databases: end it after the hosts');
    return new Cluster(readNodes(address, hosts, USUAL_PORTS.cluster), {
      lazyConnect: true,
      redisOptions: login,
      // Certificates are issued for names; a Cluster announces addresses unless it is configured to announce names.
      dnsLookup: (name, callback) => callback(null, name),
    });
  }
  if (path === '') throw malformed(address, "the group's name comes after the hosts: …:26379/name");
  const sentinels = readNodes(address, hosts, USUAL_PORTS.sentinel);
  const sentinelTls = 'tls' in tls ? { sentinelTLS: tls.tls, enableTLSForSentinelMode: true } : {};
  return { ...login, ...sentinelTls, sentinels, name: decodeURIComponent(path) };
}

/** Whether it is one of the kinds that `readRedisAddress` reads. */
export function isRedisAddress(address: string): boolean {
  if (/^rediss?:\/\//.test(address)) return URL.canParse(address);
  try {
    return readRedisAddress(address) !== address;
  } catch {
    return false;
  }
}

function readAccess(access: string): { username?: string; password?: string } {
  if (access === '') return {};
  const [username = '', ...rest] = access.split(':');
  const password = decodeURIComponent(rest.join(':'));
  return { ...(username !== '' && { username: decodeURIComponent(username) }), password };
}

function readNodes(address: string, hosts: string, usualPort: number): Node[] {
  return hosts.split(',').map((text) => {
    const [, host, port] = HOST.exec(text) ?? [];
    if (host === undefined) throw malformed(address, `${JSON.stringify(text)} is not a host with a port`);
    return { host: host.replace(/^\[|\]$/g, ''), port: Number(port ?? usualPort) };
  });
}

function malformed(address: string, why: string): InvalidOptionsError {
  const scheme = address.slice(0, address.indexOf(':'));
  return new InvalidOptionsError(`redis: an address of the kind ${scheme}:// does not fit: ${why}.`);
}
