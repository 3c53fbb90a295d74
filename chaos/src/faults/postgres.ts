import pg from 'pg';
import { mountSmallDisk } from '../small-disk.ts';
import type { SmallDisk } from '../small-disk.ts';
import { noted, postgresWasMissed } from './bites.ts';
import type { Fault } from './fault.ts';
import { repeatedly, terminateClients } from './tools.ts';

const TERMINATE_EVERY_MS = 200;
const LOCK_TRIES = 5;
const LOG_TRIES = 100;
const WRITE_A_MEGABYTE =
  'CREATE TABLE too_much AS SELECT gen_random_uuid() FROM generate_series(1, 32768); DROP TABLE too_much';
/** In the order in which a settling transaction takes them. */
const TABLES = 'spillway.submission_outcomes, effects, spillway.fallback_submissions';

export const postgresKill: Fault = {
  name: 'postgres-kill',
  hits: 'postgres',
  isAway: true,
  holdMs: [2_000, 4_000],
  inject: async ({ stores: { postgres } }) => {
    await postgres.kill();
    return () => postgres.start();
  },
  bites: postgresWasMissed,
};

export const postgresRestart: Fault = {
  name: 'postgres-restart',
  hits: 'postgres',
  isAway: true,
  holdMs: [2_000, 3_000],
  inject: async ({ stores: { postgres } }) => {
    await postgres.stop();
    return () => postgres.start();
  },
  bites: postgresWasMissed,
};

export const postgresFreeze: Fault = {
  name: 'postgres-freeze',
  hits: 'postgres',
  isAway: true,
  holdMs: [2_000, 4_000],
  inject: async ({ stores: { postgres } }) => {
    await postgres.freeze();
    return () => postgres.resume();
  },
  bites: postgresWasMissed,
};

/** Postgres' backends are ended repeatedly, in the middle of their work. */
export const postgresTerminate: Fault = {
  name: 'postgres-terminate',
  hits: 'postgres',
  isAway: true,
  holdMs: [2_000, 4_000],
  inject: async (rig, { notes }) => {
    let terminated = 0;
    const stop = repeatedly(TERMINATE_EVERY_MS, async () => {
      terminated += await terminateClients(rig);
    });
    return async () => {
      await stop();
      notes.set('backends terminated', terminated);
    };
  },
  bites: (evidence) => noted(evidence, 'backends terminated', 10),
};

export const postgresReadOnly: Fault = {
  name: 'postgres-readonly',
  hits: 'postgres',
  isAway: true,
  holdMs: [2_000, 4_000],
  inject: async ({ stores: { postgres } }, { strike }) => {
    await postgres.setReadOnly(true);
    strike();
    return () => postgres.setReadOnly(false);
  },
  bites: postgresWasMissed,
};

/** Everything waits for a lock on the tables, as behind a migration. */
function locked(name: string, holdMs: Fault['holdMs']): Fault {
  return {
    name,
    hits: 'postgres',
    isAway: true,
    holdMs,
    inject: async ({ stores }, { strike }) => {
      const client = await lockTables(stores.superuserUrl);
      strike();
      return () => client.end().catch(() => {});
    },
    bites: postgresWasMissed,
  };
}

export const postgresLock = locked('postgres-lock', [2_000, 4_000]);

/** For longer than every timeout of the queue's, as behind an idle session that has forgotten its lock. */
export const postgresLockLong = locked('postgres-lock-long', [28_000, 30_000]);

/** The system under test loses its connections and cannot open new ones. */
export const postgresConnections: Fault = {
  name: 'postgres-connections',
  hits: 'postgres',
  isAway: true,
  holdMs: [2_000, 4_000],
  inject: async (rig) => {
    const { admin, role } = rig.stores;
    await admin.query(`ALTER ROLE ${role} CONNECTION LIMIT 0`);
    await terminateClients(rig);
    return async () => {
      await admin.query(`ALTER ROLE ${role} CONNECTION LIMIT -1`);
    };
  },
  bites: postgresWasMissed,
};

export const postgresDisk: Fault = {
  name: 'postgres-disk',
  hits: 'postgres',
  isAway: true,
  holdMs: [3_000, 5_000],
  alone: true,
  disk: 'small',
  missing: async () => {
    try {
      await (await mountSmallDisk()).remove();
      return undefined;
    } catch (error) {
      return `no file system can be mounted here (${String(error).split('\n')[0]})`;
    }
  },
  inject: async ({ stores: { disk, postgres, admin } }, { strike, notes }) => {
    if (!disk) throw new Error('Postgres is not on a small disk.');
    await disk.fill();
    strike();
    await useUpLog(disk, admin);
    return async () => {
      // Ask Postgres itself: its log is on the same full disk and gets no more lines.
      const refusal = await admin.query(WRITE_A_MEGABYTE).catch((error: unknown) => error);
      notes.set('refused to write', refusal instanceof Error ? 1 : 0);
      await disk.empty();
      // Without room for its log Postgres ends; then its supervisor starts it again.
      await postgres.start();
    };
  },
  bites: (evidence) => [...postgresWasMissed(evidence), ...noted(evidence, 'refused to write')],
};

/**
 * A full disk may have no effect for a while: tables have free space for rows, and the log has prepared files. This uses them
 * up, and fills freed space again, until Postgres has no room for the next file.
 */
async function useUpLog(disk: SmallDisk, admin: pg.Pool): Promise<void> {
  for (let tries = 0; tries < LOG_TRIES; tries += 1) {
    try {
      await admin.query("SELECT pg_switch_wal() FROM pg_logical_emit_message(true, 'chaos', '')");
    } catch {
      return;
    }
    await disk.fill();
  }
}

async function lockTables(url: string): Promise<pg.Client> {
  for (let tries = 1; ; tries += 1) {
    const client = new pg.Client(url);
    client.on('error', () => {});
    await client.connect();
    try {
      // Where it is a deadlock with a transaction that has one of them already, that one is to find out first.
      await client.query(
        `BEGIN; SET LOCAL deadlock_timeout = '1min'; LOCK TABLE ${TABLES} IN ACCESS EXCLUSIVE MODE`,
      );
      return client;
    } catch (error) {
      await client.end();
      if (tries === LOCK_TRIES) throw error;
    }
  }
}
