import type { Certificate } from './certificate.ts';
import { Daemon, prepareFolder } from './daemon.ts';
import { freePort } from './port.ts';
import { postgresPrograms, runAs } from './postgres-binary.ts';
import { giveCertificate, prepareCluster, removeSharedMemory, serverCommand } from './postgres-cluster.ts';
import {
  createDatabase,
  fillConnections,
  lockTable,
  setReadOnly,
  terminateBackends,
  withClient,
  type Hold,
} from './postgres-errands.ts';
import { passableMode, rememberedPassword } from './private-files.ts';

const DEFAULTS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  // In the data folder, where it goes with the data; elsewhere each SIGKILL would leave some of it behind.
  dynamic_shared_memory_type: 'mmap',
};

export interface PostgresOptions {
  /** Keeps its data here. Default: a fresh temporary folder that goes when this process ends. */
  dataDir?: string;
  /** On 127.0.0.1. Default: a free one. */
  port?: number;
  /** Takes connections over TLS as well. */
  certificate?: Certificate;
  /** Further server settings, as with `postgres -c`; they cannot be changed while it runs. */
  settings?: Record<string, string>;
}

/** A Postgres of our own. It ends with this process, also when that is killed. */
export interface PostgresServer {
  /** Of the database `postgres`, with its password. */
  readonly url: string;
  readonly port: number;
  readonly dataDir: string;
  /** Of the postmaster: the running one, else the last one. */
  readonly pid: number;
  /** Creates an empty database, under a random name if no name is given, and returns its URL. */
  createDatabase(name?: string): Promise<string>;
  /** Ends it in good order, or with SIGKILL after 5 s. Data and port are kept for `start`. */
  stop(): Promise<void>;
  /** SIGKILL to the postmaster and all its children; resolves once they are gone. */
  kill(): Promise<void>;
  /** SIGSTOP to the postmaster and all its children: connections stay open and nothing answers. */
  freeze(): Promise<void>;
  resume(): Promise<void>;
  /** Starts it again on the same port and data; nothing to do while it runs. */
  start(): Promise<void>;
  /** Refuses writes with 25006, in existing sessions too, as a standby after a failover does. */
  setReadOnly(on: boolean): Promise<void>;
  /** Ends every client's connection (57P01). */
  terminateBackends(): Promise<void>;
  /** Takes every connection that is left: others get 53300. */
  fillConnections(): Promise<Hold>;
  /** Locks the table (ACCESS EXCLUSIVE): every statement on it waits. */
  lockTable(url: string, table: string): Promise<Hold>;
}

/**
 * Starts a Postgres on 127.0.0.1 and resolves once it answers. `fsync`, `full_page_writes` and `synchronous_commit`
 * are on unless the settings say otherwise.
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const programs = postgresPrograms();
  const dataDir = await prepareFolder(options.dataDir, 'postgres', passableMode());
  const port = options.port ?? (await freePort());
  const password = await rememberedPassword(dataDir);
  const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
  const cluster = { programs, dataDir, identity: await runAs([programs, dataDir]) };
  const daemon = new Daemon({
    name: 'Postgres',
    folder: dataDir,
    command: serverCommand(cluster, {
      ...DEFAULTS,
      port: String(port),
      ...(options.certificate && { ssl: 'on' }),
      ...options.settings,
    }),
    stopSignal: 'SIGINT',
    quitSignal: 'SIGQUIT',
    prepare: async () => {
      await prepareCluster(cluster);
      if (options.certificate) await giveCertificate(cluster, options.certificate);
    },
    probe: () => withClient(url, (client) => client.query('SELECT 1')),
  });
  await daemon.start();
  return {
    url,
    port,
    dataDir,
    get pid() {
      return daemon.pid;
    },
    createDatabase: (name) => createDatabase(url, name),
    start: () => daemon.start(),
    stop: () => daemon.stop(),
    kill: async () => {
      await daemon.kill();
      await removeSharedMemory(dataDir);
    },
    freeze: async () => daemon.freeze(),
    resume: async () => daemon.resume(),
    setReadOnly: (on) => setReadOnly(url, on),
    terminateBackends: () => terminateBackends(url),
    fillConnections: () => fillConnections(url),
    lockTable,
  };
}
