import { isUuid, newToken } from '../contract/id.ts';
import type {
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
  FastStore,
} from '../contract/store.ts';
import { decodeEnvelope, encodeEnvelope } from '../contract/submission.ts';
import { withTimeout } from '../util/deadline.ts';
import { toError } from '../util/error-text.ts';
import { Answers, AnswerSize } from './answers.ts';
import { wasRefused } from './connection.ts';
import { readEntries, readHistory } from './entry.ts';
import type { RedisEntry, RedisSection, EntryTexts } from './entry.ts';
import type { CallScript } from './connection.ts';

/** Repair looks at this many ids in one script: about a millisecond of Redis' time. */
const REPAIR_STEP = 1_000;
/** Ids that are looked at in one step of a walk, at most, and about how many bytes: some 10 ms of Redis' time. */
const WALK_STEP = 100;
const WALK_BYTES = 1024 * 1024;
/** How many ids are described in one call, with their payloads. */
const DESCRIBE_STEP = 10;
const PUSH_ANSWERS: readonly PushAnswer[] = ['stored', 'duplicate', 'conflict', 'full'];

export interface RedisStoreOptions {
  /** A push beyond this many held submissions answers `full`, unless forced. */
  readonly maxDepth: number;
  /** Called for entries that are not envelopes of the queue. */
  readonly onUnreadable?: (id: string, error: Error) => void;
  /** Shared by the stores of a worker's connections, so that both learn from a lost answer. Default: its own. */
  readonly answerSize?: AnswerSize;
}

/** Submissions in Redis: a hash, a list and two sorted sets, moved by scripts (`scripts.ts`). */
export class RedisStore implements FastStore {
  readonly name = 'redis';
  /** The epoch last seen; it changes when Redis has lost its data. */
  epoch: string | undefined;
  readonly #call: CallScript;
  readonly #answers: Answers;
  readonly #options: RedisStoreOptions;
  #walkStep = DESCRIBE_STEP;

  constructor(call: CallScript, options: RedisStoreOptions) {
    this.#call = call;
    this.#answers = new Answers(call, options.answerSize ?? new AnswerSize());
    this.#options = options;
  }

  async push(items: readonly PushItem[], options: PushOptions): Promise<PushResult> {
    const maxDepth = options.force ? 0 : this.#options.maxDepth;
    const args: (string | number)[] = [newToken(), maxDepth, items.length];
    for (const { envelope } of items) args.push(envelope.id, encodeEnvelope(envelope));
    items.forEach(({ runAtMs = 0, attempts = 0, history = [] }, index) => {
      if (runAtMs === 0 && attempts === 0 && history.length === 0) return;
      args.push(index + 1, runAtMs, attempts, history.length === 0 ? '' : JSON.stringify(history));
    });
    try {
      const [epoch, ...answers] = await withTimeout(
        options.deadlineMs,
        this.#answers.list('spillwayPush', args),
      );
      if (typeof epoch !== 'string') throw new TypeError('the push was answered without an epoch');
      this.epoch = epoch;
      if (answers.length === 0) return { answers: items.map(() => 'stored') };
      return { answers: answers.map((answer) => PUSH_ANSWERS[Number(answer)] ?? 'unknown') };
    } catch (error) {
      const answer: PushAnswer = wasRefused(error) ? 'refused' : 'unknown';
      return { answers: items.map(() => answer), cause: toError(error) };
    }
  }

  async claim({ limit, leaseMs, worker }: ClaimOptions): Promise<Claim[]> {
    const token = newToken();
    const reply = await this.#answers.sized('spillwayClaim', [limit, leaseMs, worker, token]);
    if (typeof reply[0] === 'string') this.epoch = reply[0];
    const claims: Claim[] = [];
    for (let i = 1; i < reply.length; i += 4) {
      const [id = '', wire = '', attempt, history = ''] = reply.slice(i, i + 4).map(String);
      const texts = wire === '' ? await this.#wholeTexts(id) : { wire, history };
      const claim = texts && this.#read(id, texts, Number(attempt), token);
      if (claim) claims.push(claim);
    }
    return claims;
  }

  async extend(held: readonly Held[], leaseMs: number): Promise<string[]> {
    const lost = await this.#answers.list('spillwayExtend', [
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
   * Releases claims that Redis has for this worker but that the worker does not hold, because their reply was lost. Returns their number.
   */
  async releaseLost(worker: string, heldIds: readonly string[]): Promise<number> {
    return Number(await this.#call('spillwayReleaseLost', [worker, ...heldIds]));
  }

  async ack(items: readonly Settled[]): Promise<void> {
    await this.#call(
      'spillwayForget',
      items.flatMap((item) => [item.id, item.generation, item.digest]),
    );
  }

  async has(ids: readonly string[]): Promise<Set<string>> {
    const held = await this.#answers.list('spillwayHas', ids);
    return new Set(ids.filter((_, index) => held[index] === 1));
  }

  async depth(): Promise<Depth> {
    const [epoch, jobs, active, delayed, , received] = await this.#answers.list('spillwayDepth', []);
    this.epoch = typeof epoch === 'string' ? epoch : undefined;
    const ready = Number(jobs) - Number(active) - Number(delayed);
    return {
      ready: Math.max(0, ready),
      delayed: Number(delayed),
      active: Number(active),
      capped: false,
      ...(typeof received === 'string' && { oldestAt: new Date(Number(received)) }),
    };
  }

  /**
   * Makes submissions ready again that are in no list, for example after an eviction of the lists. Usually the sizes show that
   * there is nothing to do; else it compares in steps, so that Redis is never blocked for long. Returns how many there were.
   */
  async repair(): Promise<number> {
    const [, jobs, active, delayed, ready] = await this.#answers.list('spillwayDepth', []);
    if (Number(jobs) <= Number(active) + Number(delayed) + Number(ready)) return 0;
    const listed = await this.#readyIds();
    let repaired = 0;
    let cursor = '0';
    do {
      const [next, ...ids] = (await this.#answers.list('spillwayScan', [cursor, REPAIR_STEP])).map(String);
      const strays = ids.filter((id) => !listed.has(id));
      if (strays.length > 0) repaired += Number(await this.#call('spillwayRepair', strays));
      cursor = next ?? '0';
    } while (cursor !== '0');
    return repaired;
  }

  async #readyIds(): Promise<Set<string>> {
    const listed = new Set<string>();
    for (let from = 0; ; from += REPAIR_STEP) {
      const ids = await this.#answers.list('spillwayReady', [from, from + REPAIR_STEP - 1]);
      for (const id of ids) listed.add(String(id));
      if (ids.length < REPAIR_STEP) return listed;
    }
  }

  async peek(id: string): Promise<RedisEntry | undefined> {
    const [entry] = await this.describe([id]);
    return entry;
  }

  /** Those of the ids that are held, with their payload. */
  async describe(ids: readonly string[]): Promise<RedisEntry[]> {
    const entries: RedisEntry[] = [];
    for (let from = 0; from < ids.length; from += DESCRIBE_STEP) {
      const some = ids.slice(from, from + DESCRIBE_STEP);
      const fields = await this.#answers.sized('spillwayDescribe', [1, ...some]);
      entries.push(...(await this.#toEntries(fields, true)));
    }
    return entries;
  }

  /** A stretch of one section, by place. `seen`: how many ids were looked at, at most `count`; `ended`: there are no more. */
  async list(
    section: RedisSection,
    from: number,
    count: number,
    withPayload: boolean,
  ): Promise<{ readonly seen: number; readonly ended: boolean; readonly entries: RedisEntry[] }> {
    const [seen, ended, ...fields] = await this.#answers.sized('spillwayList', [
      section,
      from,
      count,
      withPayload ? 1 : 0,
    ]);
    const entries = await this.#toEntries(fields, withPayload);
    return { seen: Number(seen), ended: Number(ended) === 1, entries };
  }

  /**
   * One step of a scan over all held submissions, in no order. A submission that is held from the first step to the last is
   * found. About 100 a step, fewer if they are large. The cursor begins and ends with '0'.
   */
  async walk(
    cursor: string,
    withPayload: boolean,
  ): Promise<{ readonly next: string; readonly entries: RedisEntry[] }> {
    const [next, ...fields] = await this.#answers.sized('spillwayWalk', [
      cursor,
      this.#walkStep,
      withPayload ? 1 : 0,
    ]);
    const entries = await this.#toEntries(fields, withPayload);
    const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
    // The next entries are probably as large as the last ones. At most doubled, since they may be larger.
    const fitting = bytes === 0 ? WALK_STEP : Math.floor((WALK_BYTES * entries.length) / bytes);
    this.#walkStep = Math.max(1, Math.min(fitting, 2 * this.#walkStep, WALK_STEP));
    return { next: String(next), entries };
  }

  /** Makes delayed submissions due now. Returns their ids. */
  async requeue(ids: readonly string[]): Promise<string[]> {
    return (await this.#answers.list('spillwayRequeue', ids)).map(String);
  }

  /** A value that another program wrote must not keep the others from being handed out: it stays leased, and is reported. */
  #read(id: string, { wire, history }: EntryTexts, attempt: number, token: string): Claim | undefined {
    try {
      if (!isUuid(id)) throw new TypeError(`${id} is not a submission's id`);
      return { envelope: decodeEnvelope(id, wire), token, attempt, history: readHistory(history) };
    } catch (error) {
      this.#options.onUnreadable?.(id, toError(error));
      return undefined;
    }
  }

  async #toEntries(fields: readonly unknown[], withPayload: boolean): Promise<RedisEntry[]> {
    return readEntries(fields, (id) => this.#wholeTexts(id), withPayload, this.#options.onUnreadable);
  }

  /** What did not fit into an answer. `undefined`: it is not held any more. */
  async #wholeTexts(id: string): Promise<EntryTexts | undefined> {
    const wire = await this.#answers.whole('envelope', id);
    const history = await this.#answers.whole('history', id);
    return wire === undefined || history === undefined ? undefined : { wire, history };
  }
}
