import { randomBytes } from 'node:crypto';
import { startPostgres, startProxy, startRedis } from '@spillway/devstack';
import type { FaultProxy, PostgresServer, RedisServer } from '@spillway/devstack';
import { migrate } from '@spillway/queue';
import pg from 'pg';
import { mountSmallDisk } from './small-disk.ts';
import type { SmallDisk } from './small-disk.ts';

const ROLE = 'chaos';
const ADMIN_CONNECT_TIMEOUT_MS = 2_000;
/** Limits the wait of the campaign's own queries, because a fault may hold a lock that blocks them. */
const ADMIN_QUERY_TIMEOUT_MS = 20_000;
/** The log is the first to need room on a full disk, so it must have few prepared files. */
const SMALL_DISK_SETTINGS = { max_wal_size: '32MB', min_wal_size: '32MB' };

export type DiskKind = 'normal' | 'small';

/** The stores of a session, and the ways to reach them. */
export interface Stores {
  readonly postgres: PostgresServer;
  /** As the system under test reaches Postgres: as an ordinary role, which can be limited and thrown out. */
  readonly postgresUrl: string;
  readonly role: string;
  /** As its superuser, on the same database. */
  readonly superuserUrl: string;
  readonly admin: pg.Pool;
  readonly disk: SmallDisk | undefined;
  /** The Redis that clients reach at the moment. */
  readonly redis: RedisServer;
  /** As the system under test reaches Redis: through the proxy. */
  readonly redisUrl: string;
  readonly proxy: FaultProxy;
  /** Lets clients reach this Redis from now on, and breaks their connections to the former one. */
  promote(redis: RedisServer): void;
  /** The services to stop, in this order, by name. */
  readonly stopping: readonly (readonly [string, () => Promise<unknown>])[];
}

export async function startStores(kind: DiskKind): Promise<Stores> {
  const disk = kind === 'small' ? await mountSmallDisk() : undefined;
  const [postgres, first] = await Promise.all([
    startPostgres(disk && { dataDir: `${disk.folder}/postgres`, settings: SMALL_DISK_SETTINGS }),
    startRedis(),
  ]);
  let redis = first;
  // The proxy reads its target at each connection.
  const target = { port: first.port };
  const proxy = await startProxy(target);
  const superuserUrl = await postgres.createDatabase();
  const admin = openAdminPool(superuserUrl);
  const postgresUrl = await prepareDatabase(admin, superuserUrl);
  return {
    postgres,
    postgresUrl,
    role: ROLE,
    superuserUrl,
    admin,
    disk,
    get redis() {
      return redis;
    },
    redisUrl: proxy.url(first.url),
    proxy,
    promote: (promoted) => {
      redis = promoted;
      target.port = promoted.port;
      proxy.reset();
    },
    stopping: [
      ["the campaign's connections", () => admin.end()],
      ['the proxy', () => proxy.close()],
      ['Postgres', () => postgres.stop()],
      ['Redis', () => Promise.all([redis.stop(), first.stop()])],
      ['the small disk', async () => disk?.remove()],
    ],
  };
}

function openAdminPool(url: string): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: 4,
    connectionTimeoutMillis: ADMIN_CONNECT_TIMEOUT_MS,
    query_timeout: ADMIN_QUERY_TIMEOUT_MS,
    application_name: 'chaos campaign',
  });
  // Faults break its idle connections too.
  pool.on('error', () => {});
  return pool;
}

/** Tables of the queue, and the one that shows effects: deliberately without any key. */
async function prepareDatabase(admin: pg.Pool, superuserUrl: string): Promise<string> {
  const password = randomBytes(16).toString('hex');
  const url = Object.assign(new URL(superuserUrl), { username: ROLE, password });
  await admin.query(`CREATE ROLE ${ROLE} LOGIN PASSWORD '${password}'`);
  await admin.query(`ALTER DATABASE ${url.pathname.slice(1)} OWNER TO ${ROLE}`);
  await migrate(url.href);
  await admin.query(`
    CREATE TABLE effects (seq bigint GENERATED ALWAYS AS IDENTITY, id uuid NOT NULL, variant text NOT NULL,
      worker text NOT NULL, at timestamptz NOT NULL DEFAULT clock_timestamp());
    ALTER TABLE effects OWNER TO ${ROLE}`);
  return url.href;
}
