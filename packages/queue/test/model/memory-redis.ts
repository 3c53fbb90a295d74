import type { CallScript } from '../../src/redis/connection.ts';

/*
 * Redis in memory, below the real `RedisStore`: the scripts of src/redis/scripts.ts, one method each, line by line. It
 * passes the contract of the stores (memory-store.test.ts); the model test runs on it.
 */

type Args = readonly string[];

const READY_PAGE = 1_000;

export class MemoryRedis {
  readonly jobs = new Map<string, string>();
  readonly active = new Map<string, number>();
  readonly delayed = new Map<string, number>();
  readonly tokens = new Map<string, string>();
  readonly history = new Map<string, string>();
  ready: string[] = [];
  epoch: string | undefined;
  /** How many claims were released because their reply was lost. */
  releasedLost = 0;
  /** Told when a retry, release or extension took effect: for whom, and who held the lease. */
  onLeaseChanged: (caller: string, holder: string, id: string) => void = () => {};

  /** The scripts as a connection of `caller` would call them; each is atomic. */
  run(caller: string, name: Parameters<CallScript>[0], given: readonly (string | number)[]): unknown {
    const args = given.map(String);
    switch (name) {
      case 'spillwayPush':
        return this.#push(args);
      case 'spillwayClaim':
        return this.#claim(args);
      case 'spillwayExtend':
        return this.#extend(caller, args);
      case 'spillwayRetry':
        return this.#retry(caller, args);
      case 'spillwayRelease':
        return this.#release(caller, args);
      case 'spillwayReleaseLost':
        return this.#releaseLost(args);
      case 'spillwayForget':
        return this.#forget(args);
      case 'spillwayRepair':
        return this.#repair(args);
      case 'spillwayReady':
        return this.ready.slice(Number(args[0]), Number(args[1]) + 1);
      case 'spillwayScan':
        return ['0', ...[...this.jobs.keys()].filter((id) => !this.active.has(id) && !this.delayed.has(id))];
      case 'spillwayHas':
        return args.map((id) => (this.jobs.has(id) ? 1 : 0));
      case 'spillwayDepth':
        return [this.epoch ?? null, this.jobs.size, this.active.size, this.delayed.size, this.ready.length];
      case 'spillwayDescribe':
        return args.slice(2).flatMap((id) => this.#describe(id));
      default:
        throw new TypeError(`the memory of a Redis does not know ${name}`);
    }
  }

  /** All is gone, the epoch too: FLUSHALL, an empty restart, a failover to an empty replica. */
  forgetAll(): void {
    for (const map of [this.jobs, this.active, this.delayed, this.tokens, this.history]) map.clear();
    this.ready = [];
    this.epoch = undefined;
  }

  /** One submission is gone, as by eviction or a lagging replica: the epoch stays. */
  forgetOne(id: string): void {
    this.#drop(id);
    this.ready = this.ready.filter((one) => one !== id);
  }

  /** The list of what is due is gone, as by eviction of that key. */
  forgetReady(): void {
    this.ready = [];
  }

  /** "attempts token worker" */
  #read(id: string): readonly [attempts: number, token: string, worker: string] {
    const [attempts = '0', token = '-', ...worker] = (this.tokens.get(id) ?? '0 - -').split(' ');
    return [Number(attempts), token, worker.join(' ')];
  }

  #holds(id: string, token: string): boolean {
    return this.#read(id)[1] === token && this.active.has(id);
  }

  #unclaim(id: string, back: number): void {
    this.active.delete(id);
    this.tokens.set(id, `${this.#read(id)[0] - back} - -`);
  }

  #push(args: Args): unknown[] {
    this.epoch ??= args[0];
    const count = Number(args[2]);
    let room = args[1] === '0' ? Number.POSITIVE_INFINITY : Number(args[1]) - this.jobs.size;
    const more = new Map<number, Args>();
    for (let i = 3 + 2 * count; i < args.length; i += 4) more.set(Number(args[i]), args.slice(i + 1, i + 4));
    const answers: number[] = [];
    for (let n = 1; n <= count; n += 1) {
      const [id = '', envelope = ''] = args.slice(2 * n + 1, 2 * n + 3);
      const [runAt = '0', attempts = '0', past = ''] = more.get(n) ?? [];
      const held = this.jobs.get(id);
      const answer = held === undefined ? (room <= 0 ? 3 : 0) : this.#compare(id, held, envelope);
      if (answer === 0) {
        this.jobs.set(id, envelope);
        if (held !== undefined || attempts !== '0' || past !== '') this.tokens.set(id, `${attempts} - -`);
        if (past !== '') this.history.set(id, past);
        if (Number(runAt) > Date.now()) this.delayed.set(id, Number(runAt));
        else this.ready.push(id);
        room -= 1;
      }
      answers.push(answer);
    }
    return answers.every((answer) => answer === 0) ? [this.epoch] : [this.epoch, ...answers];
  }

  #compare(id: string, held: string, envelope: string): 0 | 1 | 2 {
    const before = headOf(held);
    const after = headOf(envelope);
    // Whatever its generation, other content replaces nothing (fencing.test.ts).
    if (before.digest !== after.digest) return 2;
    if (after.generation <= before.generation) return 1;
    this.history.delete(id);
    const listed = [this.active.delete(id), this.delayed.delete(id)].includes(true);
    if (!listed && this.ready.includes(id)) this.ready.splice(this.ready.indexOf(id), 1);
    return 0;
  }

  #claim([, limit = '', lease = '', worker = '', token = '']: Args): unknown[] {
    const nowMs = Date.now();
    const claims: unknown[] = [this.epoch ?? null];
    const take = (id: string): boolean => {
      const envelope = this.jobs.get(id);
      if (envelope === undefined) return false;
      const wasClaimed = this.tokens.has(id);
      const attempt = this.#read(id)[0] + 1;
      this.tokens.set(id, `${attempt} ${token} ${worker}`);
      this.active.set(id, nowMs + Number(lease));
      claims.push(id, envelope, attempt, wasClaimed ? (this.history.get(id) ?? '') : '');
      return true;
    };
    for (const [id, dueMs] of sorted(this.delayed).slice(0, Number(limit))) {
      if (dueMs > nowMs) break;
      this.delayed.delete(id);
      this.ready.push(id);
    }
    for (const [id, untilMs] of sorted(this.active)) {
      if (untilMs > nowMs) break;
      if (take(id)) return claims;
      this.active.delete(id);
    }
    for (let taken = 0; taken < Number(limit);) {
      const id = this.ready.shift();
      if (id === undefined) break;
      if (!this.active.has(id) && take(id)) taken += 1;
    }
    return claims;
  }

  #extend(caller: string, [lease = '', ...held]: Args): string[] {
    const lost: string[] = [];
    for (let i = 0; i < held.length; i += 2) {
      const [id = '', token = ''] = held.slice(i, i + 2);
      if (this.#holds(id, token)) {
        this.#leaseChanged(caller, id);
        this.active.set(id, Date.now() + Number(lease));
      } else lost.push(id);
    }
    return lost;
  }

  #retry(caller: string, args: Args): number {
    for (let i = 0; i < args.length; i += 5) {
      const [id = '', token = '', delayMs = '', past = '', back = ''] = args.slice(i, i + 5);
      if (!this.#holds(id, token)) continue;
      this.#leaseChanged(caller, id);
      this.#unclaim(id, Number(back));
      this.history.set(id, past);
      this.delayed.set(id, Date.now() + Number(delayMs));
    }
    return 0;
  }

  #release(caller: string, args: Args): number {
    for (let i = args.length - 2; i >= 0; i -= 2) {
      const [id = '', token = ''] = args.slice(i, i + 2);
      if (!this.#holds(id, token)) continue;
      this.#leaseChanged(caller, id);
      this.#unclaim(id, 1);
      this.ready.unshift(id);
    }
    return 0;
  }

  #releaseLost([worker = '', ...ids]: Args): number {
    let released = 0;
    for (const [id] of sorted(this.active)) {
      const [, , holder] = this.#read(id);
      if (holder !== worker || ids.includes(id)) continue;
      this.#unclaim(id, 1);
      this.ready.unshift(id);
      released += 1;
    }
    this.releasedLost += released;
    return released;
  }

  #forget(args: Args): number {
    for (let i = 0; i < args.length; i += 3) {
      const [id = '', generation = '', digest = ''] = args.slice(i, i + 3);
      const held = this.jobs.get(id);
      if (held === undefined) continue;
      const head = headOf(held);
      if (head.generation <= Number(generation) && head.digest === digest) this.#drop(id);
    }
    return 0;
  }

  #repair(ids: Args): number {
    const strays = ids.filter(
      (id) => this.jobs.has(id) && !this.active.has(id) && !this.delayed.has(id) && !this.ready.includes(id),
    );
    this.ready.push(...strays);
    return strays.length;
  }

  #describe(id: string): unknown[] {
    const envelope = this.jobs.get(id);
    if (envelope === undefined) return [];
    const [attempts, , worker] = this.#read(id);
    const [lease, due, past] = [this.active, this.delayed, this.history].map((map) => map.get(id) ?? '');
    return [id, envelope, 0, lease, due, attempts, worker, past, 0];
  }

  #drop(id: string): void {
    for (const map of [this.jobs, this.active, this.delayed, this.tokens, this.history]) map.delete(id);
  }

  #leaseChanged(caller: string, id: string): void {
    this.onLeaseChanged(caller, this.#read(id)[2], id);
  }
}

function headOf(wire: string): { readonly generation: number; readonly digest: string | undefined } {
  const [generation, digest] = wire.split(' ', 2);
  return { generation: Number(generation), digest };
}

function sorted(zset: ReadonlyMap<string, number>): [string, number][] {
  return [...zset].toSorted(([idA, a], [idB, b]) => a - b || (idA < idB ? -1 : 1)).slice(0, READY_PAGE);
}
