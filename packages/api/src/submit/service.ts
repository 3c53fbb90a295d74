import type { Locale } from '@spillway/forms';
import type { Queue, StoreName, SubmissionStatus } from '@spillway/queue';
import { receiptPath, referenceOf } from '@spillway/receipt';
import type { Receipts } from '@spillway/receipt';
import { ApiError } from '../errors.ts';
import type { Find, FindInput } from './find.ts';
import { checkInput, readSubmitInput } from './input.ts';
import type { Channel, Metrics } from '../metrics.ts';
import type { Admission } from '../abuse/rate-limit.ts';
import type { AbuseGuard } from '../abuse/abuse-guard.ts';
import { toWire } from '../wire.ts';
import type { Receipt, SubmissionView } from '../wire.ts';

/** Who submits, and how. */
export interface Caller {
  readonly channel: Channel;
  /** The client's address, for the rate limit. Callers without one share one allowance. */
  readonly address: string | undefined;
  /** `https://host`: where the sender sees this server. Used for the receipt's URL if no base URL is set. */
  readonly origin: string;
  /** In which language it is told what is to be mended in the answers. */
  readonly locale: Locale;
  /** The honeypot, a field that people do not see, was filled in. */
  readonly isTrapped?: boolean;
  /** Of the challenge that an earlier attempt was answered with. */
  readonly solution?: string | undefined;
  /** Set where the channel has already called `admit` before it read the body. */
  readonly admission?: Admission;
}

/** The one way in and the one way to ask, behind tRPC, REST and the native post. Throws `ApiError` only. */
export interface SubmissionService {
  /** Counts one submission of the address, before its body is read. Throws `rate-limited`. */
  admit(channel: Channel, address: string | undefined): Promise<Admission>;
  /**
   * Accepts a submission. `read` gives `{ id?, form?, data }` in whatever shape the sender sent it; it is called
   * after the rate limit, so that where it reads the body (REST), a limited sender's is not even read.
   */
  submit(read: () => unknown, caller: Caller): Promise<Receipt>;
  /** Where a submission stands. `not-found` without the right code; a store that is away gives `received`. */
  status(id: string, code: string): Promise<SubmissionView>;
  /**
   * The path of the receipt, for a person who knows the reference and the email address or code that belongs to it. `read` is
   * called after the limit.
   */
  find(read: () => FindInput | Promise<FindInput>, address: string | undefined): Promise<string>;
}

interface ProcessedSubmission {
  readonly form: string;
  readonly receivedAt: Date;
  readonly processedAt: Date;
  readonly attempts: number;
}

export interface ServiceOptions {
  readonly queue: Pick<Queue, 'enqueue' | 'status'>;
  readonly receipts: Receipts;
  readonly guard: AbuseGuard;
  readonly find: Find;
  /** Processed submissions outlive the queue's memory of them. */
  readonly readProcessed: (id: string) => Promise<ProcessedSubmission | undefined>;
  readonly metrics: Metrics;
  /** Told of each submission that a store has acknowledged. */
  readonly accepted: (via: StoreName) => void;
  readonly baseUrl: string | undefined;
  /** Told of every error that no one planned for. */
  readonly onError: (error: unknown) => void;
}

export function createService(options: ServiceOptions): SubmissionService {
  const { queue, receipts, guard, find, readProcessed, metrics, accepted, baseUrl, onError } = options;

  async function accept(read: () => unknown, caller: Caller): Promise<Receipt> {
    const admission = caller.admission ?? (await guard.admit(caller.channel, caller.address));
    await guard.requireChallenge(admission, caller);
    const input = checkInput(readSubmitInput(await read()), caller.locale);
    const startedMs = performance.now();
    const { id, via, keeps, acceptedAt } = await queue.enqueue(input);
    metrics.accepted(caller.channel, via, (performance.now() - startedMs) / 1000);
    accepted(via);
    const receipt = receipts.codeFor(id);
    const url = new URL(receiptPath(id, receipt), baseUrl ?? caller.origin).href;
    return {
      message: 'Submission received!',
      id,
      via,
      keeps,
      acceptedAt: acceptedAt.toISOString(),
      receipt,
      url,
      reference: referenceOf(id),
    };
  }

  /** The queue forgets an outcome after its retention; the effect stays, and the receipt has to say so. */
  async function statusOf(id: string): Promise<SubmissionStatus> {
    const status = await queue.status(id);
    if (status.state !== 'missing') return status;
    const processed = await readProcessed(id).catch(() => null);
    // Postgres went away between the two questions.
    if (processed === null) return { ...status, state: 'received' };
    if (!processed) return status;
    const { form, receivedAt, processedAt, attempts } = processed;
    return { ...status, state: 'processed', form, attempts, acceptedAt: receivedAt, settledAt: processedAt };
  }

  function refuse(error: unknown): ApiError {
    const refusal = ApiError.of(error);
    if (refusal.problem.code === 'internal') onError(error);
    return refusal;
  }

  /** Counts what comes of it, where that is a refusal. */
  async function counted<T>(channel: Channel, outcome: Promise<T>): Promise<T> {
    try {
      return await outcome;
    } catch (error) {
      const refusal = refuse(error);
      metrics.refused(channel, refusal.problem.code);
      throw refusal;
    }
  }

  return {
    admit: (channel, address) => counted(channel, guard.admit(channel, address)),
    submit: (read, caller) => counted(caller.channel, accept(read, caller)),
    async status(id, code) {
      if (!receipts.matches(id, code)) {
        throw new ApiError(
          'not-found',
          'There is no such submission, or the receipt code does not belong to it.',
        );
      }
      try {
        return toWire({ ...(await statusOf(id.toLowerCase())), reference: referenceOf(id) });
      } catch (error) {
        throw refuse(error);
      }
    },
    async find(read, address) {
      try {
        const { id, code } = await find(read, address);
        return receiptPath(id, code);
      } catch (error) {
        throw refuse(error);
      }
    },
  };
}
