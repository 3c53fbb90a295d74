// A process that submits at a steady rate, independent of the answers, like senders that do not know each other.
import { setTimeout as pause } from 'node:timers/promises';
import { createQueue, newId } from '@spillway/queue';
import type { Queue } from '@spillway/queue';
import { isHealthy, onOrder, onTerminate, optionsText, reportEvent, tell } from './child.ts';
import { monotonicMs } from './clock.ts';
import { httpDoor, peerDoor, queueDoor } from './door.ts';
import type { Door } from './door.ts';
import type { Content } from './ledger.ts';
import { LedgerWriter } from './ledger.ts';
import type { ProducerOptions } from './messages.ts';
import type { Peer } from './peers/contestant.ts';
import { seeded } from './random.ts';
import type { Result, Why } from './verdict.ts';

const TICK_MS = 5;
const DOUBLE_CLICK_SHARE = 0.03;
const CONFLICT_SHARE = 0.005;
const FLAKY_SHARE = 0.002;
/** The share of submissions whose id the queue generates, if the queue is in the producer's process. */
const MINTED_SHARE = 0.5;
const RETRY_SHARE = 0.7;
const RETRIES = 5;
const RETRY_DELAY_MS = [200, 1_000] as const;
/** Longer than a web process takes to be there again. */
const UNANSWERED_MS = 40_000;
/** The most open requests to a web process: with more it would never catch up on two busy cores. */
const OPEN_OVER_HTTP = 20;

const options: ProducerOptions = JSON.parse(optionsText);
const random = seeded(options.seed);
const ledger = new LedgerWriter(options.ledger);
const queue = options.url === undefined && options.peer === undefined ? openQueue() : undefined;
const peer = await openPeer();
const door = openDoor();

let submitted = 0;
/** Attempts without an answer as yet. */
let inFlight = 0;
/** The same, and attempts that will be repeated because they got no answer. */
let open = 0;
let resting = true;
/** Rises with each load: what belongs to an earlier one is over. */
let round = 0;
let ticking: NodeJS.Timeout | undefined;

function openQueue(): Queue {
  const { queue: name, redisUrl: redis, postgresUrl: postgres, primary, shadow } = options;
  return createQueue({ name, redis, postgres, primary, shadow, onEvent: reportEvent });
}

async function openPeer(): Promise<Peer | undefined> {
  if (options.peer === undefined) return undefined;
  // Loaded only here: the packages of all peers come with it.
  const { peerNamed } = await import('./peers/index.ts');
  return peerNamed(options.peer).open(options);
}

function openDoor(): Door {
  if (peer) return peerDoor(peer);
  return queue ? queueDoor(queue) : httpDoor(options.url ?? '');
}

interface Names {
  readonly ledger: string;
  /** Undefined until an answer has it, if the queue generates the id. */
  queue: string | undefined;
}

/** One attempt, on the ledger before it is made and after it is answered. */
async function attempt(names: Names, content: Content, why: Why): Promise<Result> {
  const number = ledger.begin(names.ledger, content, why);
  inFlight += 1;
  const answer = await door(names.queue, content);
  inFlight -= 1;
  ledger.end(number, answer);
  names.queue ??= answer.queueId;
  return answer.result;
}

/** Sends until a process answers: without an answer the arrival is unknown, and the same id makes a repeat safe. */
async function send(names: Names, content: Content, why: Why): Promise<Result> {
  open += 1;
  const untilMs = monotonicMs() + UNANSWERED_MS;
  let result = await attempt(names, content, why);
  while (result === 'unanswered' && monotonicMs() < untilMs) {
    await pause(random.between(...RETRY_DELAY_MS));
    result = await attempt(names, content, 'again');
  }
  open -= 1;
  if (resting) restWhenIdle();
  return result;
}

/** One sender: submits, repeats if the answer asks for it, and sometimes clicks twice or reuses an id. */
async function submit(): Promise<void> {
  const id = newId();
  const isMinted = queue !== undefined && !options.isPlain && random.chance(MINTED_SHARE);
  const names: Names = { ledger: id, queue: isMinted ? undefined : id };
  const content: Content = {
    from: options.name,
    n: submitted++,
    variant: 'a',
    flaky: random.chance(FLAKY_SHARE),
    ...(isMinted && { alias: id }),
  };
  const isDouble = !options.isPlain && random.chance(DOUBLE_CLICK_SHARE);
  const isConflict = !options.isPlain && random.chance(CONFLICT_SHARE);
  // Who does not know the id as yet cannot use it a second time.
  const atOnce = !isMinted && random.chance(0.5);
  const other: Content = { ...content, variant: 'b' };
  const second = async () => {
    if (isDouble) await send(names, content, 'double');
    if (isConflict) await send(names, other, 'conflict');
  };
  const [result] = await Promise.all([send(names, content, 'first'), atOnce && second()]);
  if (!atOnce && result === 'acknowledged') await second();
  else if (result === 'refused' || result === 'unknown') await tryAgain(names, content);
}

/** As the page does with an answer that was not a receipt: the same id, after a pause. Some give up. */
async function tryAgain(names: Names, content: Content): Promise<void> {
  if (!random.chance(RETRY_SHARE)) return;
  const since = round;
  for (let tries = 0; tries < RETRIES; tries += 1) {
    await pause(random.between(...RETRY_DELAY_MS), undefined, { ref: false });
    if (resting || round !== since) return;
    const result = await send(names, content, 'again');
    if (result !== 'refused' && result !== 'unknown') return;
  }
}

function load(ratePerSecond: number): void {
  resting = false;
  round += 1;
  clearInterval(ticking);
  const sinceMs = monotonicMs();
  let sent = 0;
  ticking = setInterval(() => {
    const due = Math.floor(((monotonicMs() - sinceMs) * ratePerSecond) / 1_000);
    for (; sent < due; sent += 1) if (queue || open < OPEN_OVER_HTTP) void submit();
  }, TICK_MS);
}

function rest(): void {
  clearInterval(ticking);
  resting = true;
  restWhenIdle();
}

function restWhenIdle(): void {
  // Later in this turn a sender may begin a second attempt.
  setImmediate(() => {
    if (resting && open === 0) tell({ kind: 'rested' });
  });
}

onTerminate(async () => {
  rest();
  while (open > 0) await pause(TICK_MS);
  await queue?.close();
  await peer?.close();
});
onOrder((order) => {
  if (order.kind === 'load') load(order.ratePerSecond);
  else if (order.kind === 'rest') rest();
  else tell({ kind: 'seen', healthy: !queue || isHealthy(queue), inFlight, wallMs: Date.now() });
});
