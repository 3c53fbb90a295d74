import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { waitFor } from '@spillway/devstack';
import { monotonicMs } from './clock.ts';
import { ENDED_BY_HANDLER } from './mischief.ts';
import type { Message, Order, ProducerOptions, WorkerProcessOptions } from './messages.ts';

const START_TIMEOUT_MS = 30_000;
const HEALTHY_TIMEOUT_MS = 20_000;
/** The deadline of `enqueue`, and a sender's second attempt after the first. */
const REST_TIMEOUT_MS = 8_000;
const REPLACE_AFTER_MS = 300;
const LOOK_TIMEOUT_MS = 1_000;
/** Longer than a sender repeats a request without an answer. */
const END_TIMEOUT_MS = 60_000;

type Kind = 'producer' | 'worker';
type Seen = Extract<Message, { kind: 'seen' }>;

/** Something that a process reported. */
export interface FleetEvent {
  readonly atMs: number;
  readonly kind: Kind;
  readonly name: string;
  readonly event: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** One process of the system under test. */
export interface Member {
  readonly kind: Kind;
  /** Unique: a process that replaces another has a new name. */
  readonly name: string;
  readonly pid: number;
  readonly isAlive: boolean;
  /** Ends the process, as a fault, so that its end is expected. Resolves to its exit code; a process that takes too long is killed. */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null>;
  freeze(): void;
  resume(): void;
  look(): Promise<Seen | undefined>;
}

interface SpawnOptions {
  /** Added to this process' own. */
  readonly env?: Readonly<Record<string, string>>;
  /** A producer submits to the web application at this address instead of the queue. */
  readonly url?: string;
  /** Of what every other producer sends. Default 1. */
  readonly share?: number;
}

interface Options {
  readonly producer: (name: string, url: string | undefined) => ProducerOptions;
  readonly worker: (name: string) => WorkerProcessOptions;
  /** Each worker that ends by itself is replaced at once, as a supervisor does, and its end is no surprise. */
  readonly isSupervised: boolean;
}

class ChildMember implements Member {
  readonly kind: Kind;
  readonly name: string;
  readonly process: ChildProcess;
  readonly share: number;
  readonly isOverHttp: boolean;
  isAlive = true;
  rested = true;
  seen: Seen | undefined;
  ended = false;

  constructor(kind: Kind, name: string, child: ChildProcess, { url, share = 1 }: SpawnOptions) {
    this.kind = kind;
    this.name = name;
    this.process = child;
    this.share = share;
    this.isOverHttp = url !== undefined;
  }

  get pid(): number {
    return this.process.pid ?? 0;
  }

  order(order: Order): void {
    if (this.process.connected) this.process.send(order, () => {});
  }

  async end(signal: 'SIGKILL' | 'SIGTERM', timeoutMs = END_TIMEOUT_MS): Promise<number | null> {
    this.ended = true;
    if (!this.isAlive) return this.process.exitCode;
    const exit = once(this.process, 'exit');
    this.process.kill(signal);
    const late = setTimeout(() => this.process.kill('SIGKILL'), timeoutMs);
    await exit;
    clearTimeout(late);
    return this.process.exitCode;
  }

  freeze(): void {
    if (this.isAlive) this.process.kill('SIGSTOP');
  }

  resume(): void {
    if (this.isAlive) this.process.kill('SIGCONT');
  }

  async look(): Promise<Seen | undefined> {
    this.seen = undefined;
    this.order({ kind: 'look' });
    return waitFor(() => this.seen, { timeoutMs: LOOK_TIMEOUT_MS, intervalMs: 5 }).catch(() => undefined);
  }
}

/** The producers and workers of a session. */
export class Fleet {
  readonly events: FleetEvent[] = [];
  /** Producers that a fault ended in the middle of their attempts. */
  readonly killedProducers = new Set<string>();
  readonly #options: Options;
  readonly #crashes: { readonly kind: Kind; readonly how: string }[] = [];
  #members: ChildMember[] = [];
  #spawned = 0;
  #ratePerSecond = 0;
  #stopped = false;

  constructor(options: Options) {
    this.#options = options;
    // If the campaign is interrupted: a frozen process would not notice it.
    process.once('exit', this.#killAll);
  }

  /** The producers that submit to the queue. A producer over HTTP belongs to the fault that needs it. */
  get producers(): readonly Member[] {
    return this.#alive('producer').filter((member) => !member.isOverHttp);
  }

  get workers(): readonly Member[] {
    return this.#alive('worker');
  }

  /** Starts a process; under load, a producer takes its share of it. */
  async spawn(kind: Kind, spawnOptions: SpawnOptions = {}): Promise<Member> {
    this.#spawned += 1;
    const name = `${kind}-${this.#spawned}`;
    const options = this.#options[kind](name, spawnOptions.url);
    const script = kind === 'worker' && options.peer !== undefined ? 'peers/worker' : kind;
    const child = fork(join(import.meta.dirname, `${script}.ts`), [JSON.stringify(options)], {
      env: { ...process.env, ...spawnOptions.env },
      // What a peer prints when it ends by itself is not ours to show.
      stdio: ['ignore', 'inherit', this.#options.isSupervised ? 'ignore' : 'inherit', 'ipc'],
    });
    const member = new ChildMember(kind, name, child, spawnOptions);
    const started = Promise.withResolvers<void>();
    child.on('message', (message: Message) => {
      if (message.kind === 'started') started.resolve();
      else this.#heard(member, message);
    });
    child.once('exit', (code, signal) => {
      member.isAlive = false;
      if (member.ended) return started.resolve();
      if (code === ENDED_BY_HANDLER || this.#options.isSupervised) this.#replace(kind);
      else this.#crashes.push({ kind, how: `${name} ended by itself: ${signal ?? `code ${code}`}` });
      started.resolve();
    });
    this.#members.push(member);
    await Promise.race([started.promise, pause(START_TIMEOUT_MS, undefined, { ref: false })]);
    if (kind === 'producer' && this.#ratePerSecond > 0) this.#orderLoad(member);
    return member;
  }

  /** Ends a member as a fault does. */
  async end(member: Member, signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    if (signal === 'SIGKILL' && member.kind === 'producer') this.killedProducers.add(member.name);
    return member.end(signal);
  }

  load(ratePerSecond: number): void {
    this.#ratePerSecond = ratePerSecond / Math.max(1, this.producers.length);
    for (const member of this.#alive('producer')) this.#orderLoad(member);
  }

  /** Stops the load; resolves once every attempt has been answered. Names the producers that did not manage. */
  async rest(): Promise<string[]> {
    this.#ratePerSecond = 0;
    for (const member of this.#alive('producer')) {
      member.rested = false;
      member.order({ kind: 'rest' });
    }
    const restless = () => this.#alive('producer').filter((member) => !member.rested);
    await waitFor(() => restless().length === 0, { timeoutMs: REST_TIMEOUT_MS }).catch(() => {});
    return restless().map((member) => member.name);
  }

  /** Waits until every process sees both stores up again. Names those that do not. */
  async healthy(): Promise<string[]> {
    const untilMs = monotonicMs() + HEALTHY_TIMEOUT_MS;
    for (;;) {
      const living = this.#members.filter((member) => member.isAlive);
      const seen = await Promise.all(living.map((member) => member.look()));
      const unwell = living.filter((_, index) => seen[index]?.healthy !== true);
      if (unwell.length === 0 || monotonicMs() > untilMs) return unwell.map((member) => member.name);
      await pause(50);
    }
  }

  /** Names the processes that ended unexpectedly, and replaces them. */
  async replaceCrashed(): Promise<string[]> {
    const crashes = this.#crashes.splice(0);
    await Promise.all(crashes.map(({ kind }) => this.spawn(kind)));
    return crashes.map(({ how }) => how);
  }

  /** Ends all workers, whatever they are doing, and starts others in their place. */
  async replaceWorkers(): Promise<void> {
    const { workers } = this;
    await Promise.all(workers.map((worker) => worker.end('SIGKILL')));
    await Promise.all(workers.map(() => this.spawn('worker')));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    process.off('exit', this.#killAll);
    for (const member of this.#members) member.resume();
    await Promise.all(this.#members.map((member) => member.end('SIGTERM', REST_TIMEOUT_MS)));
  }

  /** As a supervisor does with a process that a handler has ended. */
  #replace(kind: Kind): void {
    setTimeout(() => void (this.#stopped || this.spawn(kind)), REPLACE_AFTER_MS);
  }

  readonly #killAll = (): void => {
    for (const member of this.#members) if (member.isAlive) member.process.kill('SIGKILL');
  };

  #alive(kind: Kind): ChildMember[] {
    return this.#members.filter((member) => member.kind === kind && member.isAlive);
  }

  #orderLoad(member: ChildMember): void {
    member.rested = false;
    member.order({ kind: 'load', ratePerSecond: this.#ratePerSecond * member.share });
  }

  #heard(member: ChildMember, message: Message): void {
    if (message.kind === 'rested') member.rested = true;
    else if (message.kind === 'seen') member.seen = message;
    else if (message.kind === 'event') {
      const { kind, name } = member;
      const { event, message: text, fields } = message;
      this.events.push({ atMs: monotonicMs(), kind, name, event, message: text, fields });
    }
  }
}
