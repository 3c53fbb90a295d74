import type { Location, Locations } from '@spillway/queue';
import type { LedgerView } from '../wire.ts';

/** What a sender keeps until it knows that it is processed: enough to send it again. */
export interface Sent {
  readonly id: string;
  readonly data: Readonly<Record<string, unknown>>;
}

interface Balance {
  readonly counts: Omit<LedgerView, 'sent' | 'refused' | 'unanswered' | 'sentAgain' | 'isSending'>;
  /** Every store was asked, and none has them. */
  readonly missing: readonly Sent[];
}

export interface Ledger {
  /** It has a receipt: from here on it must not be lost. */
  add(sent: Sent): void;
  /** Asks the stores for all that is not settled for good, and adds up. */
  balance(): Promise<Balance>;
}

/** Counts by the ids that it was told, and believes nothing that the stores count themselves. */
export function createLedger(placesOf: (ids: readonly string[]) => Promise<Locations>): Ledger {
  const open = new Map<string, Sent>();
  // Nothing leaves these any more. A dead one may be retried.
  const settled = { processed: 0, discarded: 0 };
  let adding: Promise<Balance> | undefined;

  async function addUp(): Promise<Balance> {
    const asked = [...open.values()];
    const accepted = asked.length + settled.processed + settled.discarded;
    const { found, unasked } = await placesOf(asked.map(({ id }) => id));
    const those = (place: Location | undefined) => asked.filter(({ id }) => found.get(id) === place);
    for (const place of ['processed', 'discarded'] as const) {
      const gone = those(place);
      settled[place] += gone.length;
      for (const { id } of gone) open.delete(id);
    }
    // What got another receipt while it was looked for is looked for anew.
    const missing = those(undefined).filter((sent) => open.get(sent.id) === sent);
    const isKnown = missing.length === 0 || unasked.length === 0;
    const counts = {
      accepted,
      waiting: those('waiting').length,
      processed: settled.processed,
      dead: those('dead').length + settled.discarded,
      unaccounted: missing.length,
      unasked,
      ...(isKnown && { lost: missing.length }),
    };
    return { counts, missing: isKnown ? missing : [] };
  }

  return {
    add: (sent) => void open.set(sent.id, { ...sent }),
    // One at a time, or what two find settled would be counted twice.
    balance: () => (adding ??= addUp().finally(() => (adding = undefined))),
  };
}
