import { openDB } from 'idb';
import type { DBSchema, IDBPDatabase } from 'idb';
import type { Entry } from './entry.ts';

/** Some browsers never answer, in private windows for one. */
const OPEN_MS = 2000;

interface Schema extends DBSchema {
  outbox: { key: string; value: Entry };
  /** The leases that replace locks if the browser has none. */
  leases: { key: string; value: { readonly name: string; readonly holder: string; readonly until: number } };
}

export type OutboxDb = IDBPDatabase<Schema>;

/**
 * The entries, in the browser's database, which all tabs share. If the database is switched off, full or broken, entries
 * are kept in this page's memory: then the page has to stay open, and says so.
 */
export class OutboxStore {
  /** `undefined`: this page's memory is all there is. */
  readonly db: Promise<OutboxDb | undefined> = open();
  readonly #spilled = new Map<string, Entry>();

  /** Whether entries survive when the page is closed. */
  async isLasting(): Promise<boolean> {
    return (await this.db) !== undefined && this.#spilled.size === 0;
  }

  async all(): Promise<readonly Entry[]> {
    const db = await this.db;
    const kept = (await db?.getAll('outbox').catch(() => [])) ?? [];
    return [...kept.filter(({ key }) => !this.#spilled.has(key)), ...this.#spilled.values()];
  }

  async get(key: string): Promise<Entry | undefined> {
    return (await this.all()).find((entry) => entry.key === key);
  }

  /** Resolves as soon as it is kept as well as it can be. */
  async put(entry: Entry): Promise<void> {
    this.#spilled.set(entry.key, entry);
    const db = await this.db;
    if (!db) return;
    try {
      const transaction = write(db);
      await Promise.all([transaction.store.put(entry), transaction.done]);
      this.#spilled.delete(entry.key);
    } catch {
      // Full or broken: it stays in memory.
    }
  }

  /** Changes an entry that is there, in one transaction. `undefined` removes it. */
  async update(key: string, change: (entry: Entry) => Entry | undefined): Promise<void> {
    const spilled = this.#spilled.get(key);
    const db = await this.db;
    if (spilled || !db) return this.#updateSpilled(key, change);
    const transaction = write(db);
    const entry = await transaction.store.get(key);
    const changed = entry && change(entry);
    if (changed) await transaction.store.put(changed);
    else if (entry) await transaction.store.delete(key);
    await transaction.done;
  }

  #updateSpilled(key: string, change: (entry: Entry) => Entry | undefined): void {
    const entry = this.#spilled.get(key);
    const changed = entry && change(entry);
    if (changed) this.#spilled.set(key, changed);
    else this.#spilled.delete(key);
  }
}

async function open(): Promise<OutboxDb | undefined> {
  const late = new Promise<undefined>((resolve) => {
    setTimeout(() => resolve(undefined), OPEN_MS);
  });
  try {
    return await Promise.race([late, openDB<Schema>('spillway', 1, { upgrade: createStores })]);
  } catch {
    return undefined;
  }
}

function createStores(db: OutboxDb): void {
  db.createObjectStore('outbox', { keyPath: 'key' });
  db.createObjectStore('leases', { keyPath: 'name' });
}

/** Strict: on disk before anything is sent, and not only on its way there. */
function write(db: OutboxDb) {
  return db.transaction('outbox', 'readwrite', { durability: 'strict' });
}
