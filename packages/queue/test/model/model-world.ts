import type { Scheduler } from 'fast-check';
import { Enqueuer } from '../../src/enqueue/enqueuer.ts';
import { GuardedStore } from '../../src/enqueue/guarded-store.ts';
import { Shadow } from '../../src/enqueue/shadow.ts';
import { Recovery } from '../../src/maintenance/recovery.ts';
import { ConflictError, NotAcceptedError } from '../../src/contract/errors.ts';
import type { Primary } from '../../src/contract/options.ts';
import { derivedId } from '../../src/contract/id.ts';
import { isLasting } from '../../src/redis/connection.ts';
import type { CallScript } from '../../src/redis/connection.ts';
import { RedisStore } from '../../src/redis/store.ts';
import type { Keeps, PushItem } from '../../src/contract/store.ts';
import type { Envelope } from '../../src/contract/submission.ts';
import { MemoryPostgres, MemoryPostgresStore, RefusedError } from './memory-postgres.ts';
import type { Carry } from './memory-postgres.ts';
import { MemoryRedis } from './memory-redis.ts';
import { MemoryRows, MemoryShadowLog } from './memory-rows.ts';
import { Locks } from './memory-locks.ts';
import { ModelWorker, never } from './model-worker.ts';

/*
 * A queue with its stores, producers and workers in one process, where a scheduler decides when each request and each
 * reply arrives. Real: the accept path, RedisStore, recovery, and the whole worker. Modelled, since they are bound to SQL or to
 * sockets: the scripts of Redis (memory-redis.ts), its connections (memory-connection.ts), the statements of the Postgres store
 * (memory-postgres.ts), the ledger (memory-ledger.ts) and the fallback rows (memory-rows.ts).
 */

export const DEADLINE_MS = 1_000;
const HIGH_WATER = 100;

/** What becomes of one message. `late`: its sender gives up at once, and it arrives nevertheless. */
export type Fate = 'deliver' | 'lose-request' | 'lose-reply' | 'late';

interface Server {
  readonly name: 'redis' | 'postgres';
  up: boolean;
}

export interface Client {
  readonly name: string;
  dead: boolean;
}

/** One call of `enqueue` and what its caller was told. */
export interface Call {
  readonly key: string;
  readonly startedMs: number;
  settledMs?: number;
  via?: 'redis' | 'postgres';
  refusal?: 'refused' | 'indeterminate' | 'conflict';
}

export interface WorldOptions {
  readonly primary: Primary;
  readonly redisKeeps: Keeps;
  readonly lastResort: boolean;
  readonly shadow: boolean;
  readonly external: boolean;
  /** How many submissions a worker claims at once. */
  readonly batchSize: number;
  readonly fates: readonly Fate[];
  /** I6 by holder, not only by token: stricter than a store that gives a released token out again. */
  readonly byHolder: boolean;
  /** How often the attempts on a submission fail, by the number in its data. */
  readonly failures: readonly number[];
  /** They fail as a store might fail them. */
  readonly failsLikeStore: boolean;
  /** Whether an attempt that fails does so by never ending, by the number in the data. */
  readonly hangs: readonly boolean[];
}

export class World {
  readonly redis = new MemoryRedis();
  readonly postgres = new MemoryPostgres();
  readonly redisServer: Server = { name: 'redis', up: true };
  readonly postgresServer: Server = { name: 'postgres', up: true };
  readonly calls: Call[] = [];
  /** Effects by id, in the order in which they happened; for external handlers, finished calls. */
  readonly effects: string[] = [];
  readonly digestsDone = new Set<string>();
  /** What Redis held when it forgot: `id digest`. */
  readonly forgotten = new Set<string>();
  /** What of it Postgres held at that moment. */
  readonly copied = new Set<string>();
  readonly violations: string[] = [];
  /** External calls that were begun, by `id digest`. */
  readonly externalCalls = new Map<string, number>();
  /** How many dead submissions an operator has retried. */
  retried = 0;
  readonly paths: { readonly redis: GuardedStore; readonly postgres: GuardedStore };
  readonly enqueuer: Enqueuer;
  readonly locks = new Locks();
  readonly #s: Scheduler;
  readonly #options: WorldOptions;
  readonly #recovery: Recovery;
  #fate = 0;
  #calm = false;

  constructor(s: Scheduler, options: WorldOptions) {
    this.#s = s;
    this.#options = options;
    const stale = (caller: string, holder: string, id: string) => {
      if (options.byHolder && caller !== holder)
        this.violations.push(`I6: ${caller} changed the lease that ${holder} holds on ${id}`);
    };
    this.redis.onLeaseChanged = stale;
    this.postgres.onLeaseChanged = stale;
    this.postgres.onRowDeleted = ({ envelope: { id, digest } }) => {
      // An external call that has ended counts, also where other content took the outcome of the id meanwhile. So does what is kept
      // under a derived id: as dead, or after an operator's retry as a row.
      const isKept = [id, derivedId({ id, digest })].some((place) => this.postgres.holds(place, digest));
      if (!isKept && !this.digestsDone.has(`${id} ${digest}`))
        this.violations.push(`I3: the row of ${id} went without an outcome`);
    };
    const web: Client = { name: 'web', dead: false };
    const redisStore = this.redisStore(web);
    const redis = this.#pathTo(redisStore, this.#carryTo(this.redisServer, web), options.redisKeeps);
    const carry = this.#carryTo(this.postgresServer, web);
    const postgres = this.#pathTo(new MemoryPostgresStore(this.postgres, web.name, carry), carry, 'disk');
    this.paths = { redis, postgres };
    const shadow = new Shadow(new MemoryShadowLog(this.postgres, carry));
    this.enqueuer = new Enqueuer({
      queue: 'test',
      primary: options.primary,
      redis,
      postgres,
      deadlineMs: DEADLINE_MS,
      lastResort: options.lastResort,
      onKeptByRedis: (item) => {
        if (options.shadow) shadow.add(item, redisStore.epoch);
      },
    });
    const recoverer: Client = { name: 'recoverer', dead: false };
    this.#recovery = new Recovery({
      queue: 'test',
      redis: this.redisStore(recoverer),
      rows: new MemoryRows(this.postgres, this.#carryTo(this.postgresServer, recoverer)),
      highWater: HIGH_WATER,
    });
  }

  #pathTo(store: RedisStore | MemoryPostgresStore, carry: Carry, keeps: Keeps): GuardedStore {
    const path = new GuardedStore({
      store,
      hedgeMs: { min: 20, max: 100 },
      callMs: store.name === 'redis' ? 250 : DEADLINE_MS,
      probe: () => carry('probe', () => {}),
      isLasting: (error) => error instanceof RefusedError || isLasting(error),
      isDataFailure: () => false,
      onChange: () => {},
    });
    path.health.recordSettings({ keeps, durability: 'as the test says' });
    return path;
  }

  redisStore(client: Client): RedisStore {
    const carry = this.#carryTo(this.redisServer, client);
    const call: CallScript = (name, args) => carry(name, () => this.redis.run(client.name, name, args));
    return new RedisStore(call, { maxDepth: 100 });
  }

  /** Requests and replies travel when the scheduler says so; some do not arrive. */
  #carryTo(server: Server, client: Client): Carry {
    return async (label, act, onLost = () => {}) => {
      if (client.dead) return never;
      if (!server.up) {
        onLost();
        throw refusedBy(server);
      }
      const fate = this.#nextFate();
      const travel = (way: string) =>
        this.#s.schedule(Promise.resolve(), `${client.name} ${way} ${server.name} ${label}`);
      if (fate === 'late') {
        void travel('-->')
          .then(() => this.#arrive(server, act, onLost))
          .catch(() => {});
        throw lostBy(server);
      }
      await travel('->');
      try {
        if (fate === 'lose-request') onLost();
        const result = fate === 'lose-request' ? undefined : this.#arrive(server, act, onLost);
        if (result === undefined || fate === 'lose-reply') throw lostBy(server);
        await travel('<-');
        return client.dead ? await never : result.value;
      } catch (error) {
        if (client.dead) return never;
        throw error;
      }
    };
  }

  #arrive<T>(server: Server, act: () => T, onLost: () => void): { readonly value: T } | undefined {
    if (server.up) return { value: act() };
    onLost();
    return undefined;
  }

  #nextFate(): Fate {
    if (this.#calm) return 'deliver';
    const fate = this.#options.fates[this.#fate % Math.max(1, this.#options.fates.length)] ?? 'deliver';
    this.#fate += 1;
    return fate;
  }

  /** From now on everything arrives and every server is there. */
  heal(): void {
    this.#calm = true;
    this.redisServer.up = true;
    this.postgresServer.up = true;
  }

  /** `item.generatedId`: as if its id were, unless it was sent before. */
  enqueue(item: PushItem): void {
    const { id, digest } = item.envelope;
    const generatedId = item.generatedId && !this.calls.some(({ key }) => key.startsWith(id));
    const call: Call = { key: `${id} ${digest}`, startedMs: performance.now() };
    this.calls.push(call);
    void this.enqueuer.enqueue({ ...item, generatedId }).then(
      ({ via }) => Object.assign(call, { via, settledMs: performance.now() }),
      (error: unknown) => {
        const unsure = error instanceof NotAcceptedError && error.indeterminate;
        const refusal = error instanceof ConflictError ? 'conflict' : unsure ? 'indeterminate' : 'refused';
        Object.assign(call, { refusal, settledMs: performance.now() });
      },
    );
  }

  redisForgets(ids: readonly string[] | 'all' | 'ready'): void {
    if (ids === 'ready') return this.redis.forgetReady();
    for (const [id, wire] of this.redis.jobs)
      if (ids === 'all' || ids.includes(id)) this.#forgets(id, wire.split(' ', 2)[1] ?? '');
    if (ids === 'all') this.redis.forgetAll();
    else for (const id of ids) this.redis.forgetOne(id);
  }

  #forgets(id: string, digest: string): void {
    this.forgotten.add(`${id} ${digest}`);
    if (this.postgres.holds(id, digest)) this.copied.add(`${id} ${digest}`);
  }

  /** What `Queue.recover` does, in a process of its own. */
  async recover(): Promise<void> {
    await this.#recovery.runOnce();
  }

  /** An effect, for good. */
  happened({ id, digest }: Pick<Envelope, 'id' | 'digest'>): void {
    this.effects.push(id);
    this.digestsDone.add(`${id} ${digest}`);
  }

  /** A receiver is called. */
  called({ id, digest }: Pick<Envelope, 'id' | 'digest'>): void {
    const key = `${id} ${digest}`;
    this.externalCalls.set(key, (this.externalCalls.get(key) ?? 0) + 1);
  }

  worker(name: string): ModelWorker {
    return new ModelWorker(name, this, this.#options, (server, client) =>
      this.#carryTo(server === 'redis' ? this.redisServer : this.postgresServer, client),
    );
  }

  /** What a handler does between two of its own steps. */
  pause(label: string): Promise<void> {
    return this.#s.schedule(Promise.resolve(), label);
  }
}

function refusedBy(server: Server): Error {
  return server.name === 'redis' ? new Error("Stream isn't writeable") : new RefusedError('ECONNREFUSED');
}

function lostBy(server: Server): Error {
  return new Error(server.name === 'redis' ? 'Command timed out' : 'Connection terminated unexpectedly');
}
