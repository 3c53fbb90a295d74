import type { ShadowLog } from '../contract/ledger.ts';
import type { PushItem } from '../contract/store.ts';
import type { ShadowStats } from '../contract/stats.ts';

/** A group is written this long after its first submission was acknowledged, ms: half of what a copy may lag. */
const GROUP_MS = 25;
/** A full group is written at once. */
const GROUP_ITEMS = 500;
const GROUP_CHARS = 1024 * 1024;
/** Pause after a failed write, ms. */
const PAUSE_MS = 1_000;
/** Most that waits for a Postgres that is away. What comes after it has no copy, and is counted. */
const MAX_GROUPS = 200;
const MAX_CHARS = 64 * 1024 * 1024;

interface Group {
  readonly epoch: string | undefined;
  readonly sinceMs: number;
  readonly items: PushItem[];
  chars: number;
}

/**
 * Copies to Postgres what Redis has acknowledged, behind the acknowledgement and in groups: a failover or FLUSHALL of Redis then loses
 * at most what waits here. What becomes of the copies is in `contract/ledger.ts`.
 */
export class Shadow {
  readonly #log: ShadowLog;
  readonly #groups: Group[] = [];
  /** The one on its way to Postgres. */
  #sent: Group | undefined;
  #chars = 0;
  #written = 0;
  #skipped = 0;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;

  constructor(log: ShadowLog) {
    this.#log = log;
  }

  /** `epoch`: of the Redis that holds it. */
  add(item: PushItem, epoch: string | undefined): void {
    const { length } = item.envelope.payload;
    const group = this.#open(epoch, length);
    if (group === undefined) {
      this.#skipped += 1;
      return;
    }
    group.items.push(item);
    group.chars += length;
    this.#chars += length;
    this.#schedule(GROUP_MS);
  }

  stats(): ShadowStats {
    const groups = this.#sent ? [this.#sent, ...this.#groups] : this.#groups;
    const [oldest] = groups;
    return {
      waiting: groups.reduce((sum, { items }) => sum + items.length, 0),
      oldestMs: oldest === undefined ? 0 : performance.now() - oldest.sinceMs,
      written: this.#written,
      skipped: this.#skipped,
    };
  }

  /** Writes what waits, in one last try. Rejects where Postgres does not take it. */
  async close(): Promise<void> {
    await this.#writing;
    clearTimeout(this.#timer);
    await this.#write();
  }

  /** The group for an item of this size. `undefined`: too much waits. */
  #open(epoch: string | undefined, chars: number): Group | undefined {
    if (this.#chars + chars > MAX_CHARS) return undefined;
    const last = this.#groups.at(-1);
    const isFull = !last || last.items.length >= GROUP_ITEMS || last.chars + chars > GROUP_CHARS;
    if (!isFull && last.epoch === epoch) return last;
    if (this.#groups.length >= MAX_GROUPS) return undefined;
    const group = { epoch, sinceMs: performance.now(), items: [], chars: 0 };
    this.#groups.push(group);
    return group;
  }

  #schedule(ms: number): void {
    if (this.#timer !== undefined || this.#writing !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#writing = this.#write()
        .then(
          () => GROUP_MS,
          () => PAUSE_MS,
        )
        .then((pauseMs) => {
          this.#writing = undefined;
          if (this.#groups.length > 0) this.#schedule(pauseMs);
        });
    }, ms);
    this.#timer.unref();
  }

  async #write(): Promise<void> {
    for (let group = this.#groups.shift(); group !== undefined; group = this.#groups.shift()) {
      this.#sent = group;
      try {
        await this.#log.write(group.items, group.epoch);
        this.#chars -= group.chars;
        this.#written += group.items.length;
      } catch (error) {
        this.#groups.unshift(group);
        throw error;
      } finally {
        this.#sent = undefined;
      }
    }
  }
}
