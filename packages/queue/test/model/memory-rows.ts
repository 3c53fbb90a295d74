import type {
  DueOptions,
  FallbackRow,
  FallbackRows,
  RowPlace,
  ShadowLog,
} from '../../src/contract/ledger.ts';
import type { PushItem } from '../../src/contract/store.ts';
import type { Carry, MemoryPostgres, Row } from './memory-postgres.ts';

const GRACE_MS = 500;
const FOLDED_MS = 2_000;

/** The waiting rows in memory, as recovery and the holders of copies see them. */
export class MemoryRows implements FallbackRows {
  readonly #memory: MemoryPostgres;
  readonly #carry: Carry;

  constructor(memory: MemoryPostgres, carry: Carry) {
    this.#memory = memory;
    this.#carry = carry;
  }

  due({ limit, after, notPushedIn }: DueOptions): Promise<readonly FallbackRow[]> {
    return this.#carry('read rows', () =>
      this.#memory
        .waiting(GRACE_MS)
        .filter((row) => after === undefined || isBehind(placeOf(row), after))
        .filter((row) => notPushedIn === undefined || row.pushedEpoch !== notPushedIn)
        .slice(0, limit)
        .map((row) => ({
          item: { envelope: row.envelope, attempts: row.attempts, history: row.history },
          place: placeOf(row),
          pushedEpoch: row.pushedEpoch,
        })),
    );
  }

  markPushed(ids: readonly string[], epoch: string | undefined): Promise<void> {
    return this.#carry('mark pushed', () => this.#memory.markPushed(ids, epoch));
  }

  extendLeases(ids: readonly string[], leaseMs: number): Promise<void> {
    return this.#carry('extend row leases', () => this.#memory.hold(ids, leaseMs));
  }
}

/** The copies of what Redis has acknowledged, in memory. */
export class MemoryShadowLog implements ShadowLog {
  readonly #memory: MemoryPostgres;
  readonly #carry: Carry;

  constructor(memory: MemoryPostgres, carry: Carry) {
    this.#memory = memory;
    this.#carry = carry;
  }

  write(items: readonly PushItem[], epoch: string | undefined): Promise<void> {
    return this.#carry('write group', () => this.#memory.writeGroup(items, epoch));
  }

  unfold(): Promise<number> {
    return this.#carry('unfold', () => this.#memory.unfold(FOLDED_MS));
  }
}

function placeOf({ runAtMs, envelope }: Row): RowPlace {
  return { runAt: String(runAtMs), id: envelope.id };
}

function isBehind(place: RowPlace, other: RowPlace): boolean {
  return Number(place.runAt) > Number(other.runAt) || (place.runAt === other.runAt && place.id > other.id);
}
