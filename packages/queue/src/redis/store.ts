import { isUuid, newToken } from '../id.ts';
import { fromWire, toWire } from '../submission.ts';
import type { Envelope } from '../submission.ts';
import type {
  AttemptRecord,
  Claim,
  ClaimOptions,
  Depth,
  Held,
  PushAnswer,
  PushItem,
  PushOptions,
  PushResult,
  Retry,
  Settled,
  Store,
} from '../store.ts';
import { settlesWithin } from '../deadline.ts';
import { toError } from '../error-text.ts';
import { wasRefused } from './connection.ts';
import type { CallScript } from './connection.ts';

/** One claim's envelopes take at most this much, so that a reply of large payloads stays quick. */
const CLAIM_BYTES = 4 * 1024 * 1024;
/** Repair looks at this many ids in one script: about a millisecond of Redis' time. */
const REPAIR_STEP = 1_000;
const PUSH_ANSWERS: readonly PushAnswer[] = ['stored', 'duplicate', 'conflict', 'full'];

export interface RedisStoreOptions {
  /** A push beyond this many held submissions answers `full`, unless forced. */
  readonly maxDepth: number;
  /** Told of entries that are no envelopes of ours. */
  readonly onUnreadable?: (id: string, error: Error) => void;
}

/** What Redis knows of one submission. */
export interface RedisEntry {
  readonly envelope: Envelope;
  readonly state: 'waiting' | 'scheduled' | 'processing';
  readonly runAtMs: number | undefined;
  readonly attempts: number;
  readonly history: readonly AttemptRecord[];
}

/** Submissions in Redis: a hash, a list and two sorted sets, moved by scripts (`scripts.ts`). */
export class RedisStore implements Store {
  readonly name = 'redis';
  /** The epoch last seen; it changes when Redis has forgotten. */
  epoch: string | undefined;
  readonly #call: CallScript;
  readonly #options: RedisStoreOptions;

  constructor(call: CallScript, options: RedisStoreOptions) {
    this.#call = call;
    this.#options = options;
  }

  async push(items: readonly PushItem[], options: PushOptions): Promise<PushResult> {
    const args: (string | number)[] = [newToken(), options.force ? 0 : this.#options.maxDepth];
    for (const { envelope, runAtMs, attempts, history } of items) {
      const past = history === undefined || history.length === 0 ? '' : JSON.stringify(history);
      args.push(envelope.id, toWire(envelope), runAtMs ?? 0, attempts ?? 0, past);
    }
    try {
      const reply = await settlesWithin(options.deadlineMs, this.#callList('spillwayPush', args));
      this.epoch = String(reply[0]);
      return { answers: reply.slice(1).map((answer) => PUSH_ANSWERS[Number(answer)] ?? 'unknown') };
    } catch (error) {
      const answer: PushAnswer = wasRefused(error) ? 'refused' : 'unknown';
      return { answers: items.map(() => answer), cause: toError(error) };
    }
  }

  async claim({ limit, leaseMs, worker }: ClaimOptions): Promise<Claim[]> {
    const token = newToken();
    const reply = await this.#callList('spillwayClaim', [limit, leaseMs, worker, CLAIM_BYTES, token]);
    if (typeof reply[0] === 'string') this.epoch = reply[0];
    const claims: Claim[] = [];
    for (let i = 1; i < reply.length; i += 4) {
      const claim = this.#read(reply.slice(i, i + 4), token);
      if (claim) claims.push(claim);
    }
    return claims;
  }

  async extend(held: readonly Held[], leaseMs: number): Promise<string[]> {
    const lost = await this.#callList('spillwayExtend', [
      leaseMs,
      ...held.flatMap((one) => [one.id, one.token]),
    ]);
    return lost.map(String);
  }

  async retry(retries: readonly Retry[]): Promise<void> {
    await this.#call(
      'spillwayRetry',
      retries.flatMap((one) => [
        one.id,
        one.token,
        one.delayMs,
        JSON.stringify(one.history),
        one.uncounted ? 1 : 0,
      ]),
    );
  }

  async release(held: readonly Held[]): Promise<void> {
    await this.#call(
      'spillwayRelease',
      held.flatMap((one) => [one.id, one.token]),
    );
  }

  /**
   * Releases what stands in this worker's name but is not in its hands: claims whose reply was lost.
   * Returns how many there were.
   */
  async releaseLost(worker: string, heldIds: readonly string[]): Promise<number> {
    return Number(await this.#call('spillwayReleaseLost', [worker, ...heldIds]));
  }

  async forget(items: readonly Settled[]): Promise<void> {
    await this.#call(
      'spillwayForget',
      items.flatMap((item) => [item.id, item.generation, item.digest]),
    );
  }

  async has(ids: readonly string[]): Promise<Set<string>> {
    const held = await this.#callList('spillwayHas', ids);
    return new Set(ids.filter((_, index) => held[index] === 1));
  }

  async depth(): Promise<Depth> {
    const [epoch, jobs, active, delayed] = await this.#callList('spillwayDepth', []);
    this.epoch = typeof epoch === 'string' ? epoch : undefined;
    const ready = Number(jobs) - Number(active) - Number(delayed);
    return { ready: Math.max(0, ready), delayed: Number(delayed), active: Number(active), capped: false };
  }

  /**
   * Makes ready again what is held but stands in no list, as after an eviction of the lists themselves. Usually one
   * look at the sizes says that there is nothing to do; else it compares in steps, so that Redis is never blocked
   * for long. Returns how many there were.
   */
  async repair(): Promise<number> {
    const [, jobs, active, delayed, ready] = await this.#callList('spillwayDepth', []);
    if (Number(jobs) <= Number(active) + Number(delayed) + Number(ready)) return 0;
    const listed = await this.#readyIds();
    let repaired = 0;
    let cursor = '0';
    do {
      const [next, ...ids] = (await this.#callList('spillwayScan', [cursor, REPAIR_STEP])).map(String);
      const strays = ids.filter((id) => !listed.has(id));
      if (strays.length > 0) repaired += Number(await this.#call('spillwayRepair', strays));
      cursor = next ?? '0';
    } while (cursor !== '0');
    return repaired;
  }

  async #readyIds(): Promise<Set<string>> {
    const listed = new Set<string>();
    for (let from = 0; ; from += REPAIR_STEP) {
      const ids = await this.#callList('spillwayReady', [from, from + REPAIR_STEP - 1]);
      for (const id of ids) listed.add(String(id));
      if (ids.length < REPAIR_STEP) return listed;
    }
  }

  async peek(id: string): Promise<RedisEntry | undefined> {
    const [wire, lease, due, token, history] = await this.#callList('spillwayPeek', [id]);
    if (typeof wire !== 'string') return undefined;
    return {
      envelope: fromWire(id, wire),
      state: lease ? 'processing' : due ? 'scheduled' : 'waiting',
      runAtMs: due ? Number(due) : undefined,
      attempts: typeof token === 'string' ? Number.parseInt(token, 10) : 0,
      history: parseHistory(history),
    };
  }

  /** What somebody else wrote there must not keep the others from being handed out: it stays leased, and is reported. */
  #read([id, wire, attempt, history]: readonly unknown[], token: string): Claim | undefined {
    try {
      if (!isUuid(String(id))) throw new TypeError(`${String(id)} is no id of a submission`);
      const envelope = fromWire(String(id), String(wire));
      return { envelope, token, attempt: Number(attempt), history: parseHistory(history) };
    } catch (error) {
      this.#options.onUnreadable?.(String(id), toError(error));
      return undefined;
    }
  }

  async #callList(...call: Parameters<CallScript>): Promise<unknown[]> {
    const reply = await this.#call(...call);
    if (!Array.isArray(reply)) throw new TypeError(`${call[0]} answered ${typeof reply}, not a list`);
    return reply;
  }
}

function parseHistory(text: unknown): readonly AttemptRecord[] {
  return typeof text === 'string' && text !== '' ? JSON.parse(text) : [];
}
