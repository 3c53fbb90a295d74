import { newId } from '@spillway/queue';
import type { Locations } from '@spillway/queue';
import { isApiError } from '../errors.ts';
import { createLedger } from './ledger.ts';
import type { Sent } from './ledger.ts';
import type { Caller, SubmissionService } from '../submit/service.ts';
import type { LedgerView, SandboxAction } from '../wire.ts';

/** As many senders as press the button at the same time. */
const SENDERS = 32;
const FORM = 'inbox';
const SENDER: Caller = { channel: 'trpc', address: undefined, origin: 'http://localhost', locale: 'en' };

export interface SandboxOptions {
  /** Breaks or mends a store of the local devstack. Rejects with the reason in words. */
  readonly act: (action: SandboxAction) => Promise<void>;
  /** The usual way in, but without limits: all that a sandbox sends comes from one address. */
  readonly service: Pick<SubmissionService, 'submit'>;
  readonly placesOf: (ids: readonly string[]) => Promise<Locations>;
}

/** Stores to break, senders who go on all the same, and a ledger of what became of it. */
export interface Sandbox {
  act(action: SandboxAction): Promise<void>;
  /** Begins to send so many, and returns. */
  send(count: number): void;
  ledger(): Promise<LedgerView>;
}

export function createSandbox({ act, service, placesOf }: SandboxOptions): Sandbox {
  const ledger = createLedger(placesOf);
  const tally = { sent: 0, refused: 0, unanswered: 0, sentAgain: 0 };
  const waiting: Sent[] = [];
  const again = new Set<string>();
  let senders = 0;

  async function sendOne(sent: Sent): Promise<void> {
    try {
      await service.submit(() => ({ id: sent.id, form: FORM, data: sent.data }), SENDER);
      ledger.add(sent);
    } catch (error) {
      if (again.has(sent.id)) return;
      // Told at once that it was not taken; or not told, and then it may be processed, but nothing was promised.
      if (isApiError(error) && error.problem.indeterminate === false) tally.refused += 1;
      else tally.unanswered += 1;
    } finally {
      again.delete(sent.id);
    }
  }

  async function runSender(): Promise<void> {
    senders += 1;
    for (let next = waiting.shift(); next; next = waiting.shift()) await sendOne(next);
    senders -= 1;
  }

  function work(): void {
    while (senders < SENDERS && waiting.length > 0) void runSender();
  }

  return {
    act,
    send(count) {
      for (let n = 0; n < count; n += 1) {
        tally.sent += 1;
        waiting.push({ id: newId(), data: { from: 'sandbox', number: tally.sent } });
      }
      work();
    },
    async ledger() {
      // Of the moment in which the counting began: who was under way then is not counted.
      const wasSending = senders > 0;
      const { counts, missing } = await ledger.balance();
      // As the page of a receipt does when a store forgot: the same again, with the same id.
      for (const sent of missing) {
        if (again.has(sent.id)) continue;
        again.add(sent.id);
        tally.sentAgain += 1;
        waiting.push(sent);
      }
      work();
      return { ...tally, ...counts, isSending: wasSending || senders > 0 };
    },
  };
}
