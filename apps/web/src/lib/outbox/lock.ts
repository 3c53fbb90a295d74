import { newId } from '../new-id.ts';
import type { OutboxDb } from './store.ts';

/** Longer than any action under a lock takes. */
const LEASE_MS = 3 * 60_000;

/**
 * Runs an action unless another caller, in any tab, is running it; resolves to whether it ran. If a tab closes or crashes,
 * its lock is free at once; on plain HTTP, where browsers offer no locks, it is free when its lease ends.
 */
export async function exclusively(
  db: OutboxDb | undefined,
  name: string,
  action: () => Promise<void>,
): Promise<boolean> {
  if ('locks' in navigator) {
    return navigator.locks.request(`spillway ${name}`, { ifAvailable: true }, async (lock) => {
      if (lock) await action();
      return lock !== null;
    });
  }
  const release = await lease(db, name);
  if (!release) return false;
  try {
    await action();
  } finally {
    await release();
  }
  return true;
}

const heldHere = new Set<string>();

/** One transaction looks and takes: of two tabs, the second sees the first one's lease. */
async function lease(db: OutboxDb | undefined, name: string): Promise<(() => Promise<void>) | undefined> {
  if (heldHere.has(name)) return undefined;
  heldHere.add(name);
  const holder = newId();
  const taken = db === undefined || (await take(db, name, holder).catch(() => false));
  if (!taken) heldHere.delete(name);
  return taken ? () => giveBack(db, name, holder) : undefined;
}

async function take(db: OutboxDb, name: string, holder: string): Promise<boolean> {
  const transaction = db.transaction('leases', 'readwrite');
  const current = await transaction.store.get(name);
  const isFree = !current || current.until < Date.now();
  if (isFree) await transaction.store.put({ name, holder, until: Date.now() + LEASE_MS });
  await transaction.done;
  return isFree;
}

async function giveBack(db: OutboxDb | undefined, name: string, holder: string): Promise<void> {
  heldHere.delete(name);
  if (!db) return;
  const transaction = db.transaction('leases', 'readwrite');
  const current = await transaction.store.get(name);
  if (current?.holder === holder) await transaction.store.delete(name);
  await transaction.done;
}
