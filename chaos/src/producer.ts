// A process that submits at a steady rate, whatever the answers, as senders do who know nothing of each other.
import { setTimeout as pause } from 'node:timers/promises';
import { ConflictError, NotAcceptedError, createQueue, newId } from '@spillway/queue';
import { isHealthy, onOrder, onTerminate, optionsText, reportEvent, tell } from './child.ts';
import { monotonicMs } from './clock.ts';
import type { Content } from './ledger.ts';
import { LedgerWriter } from './ledger.ts';
import type { ProducerOptions } from './messages.ts';
import { seeded } from './random.ts';
import type { Result, Why } from './verdict.ts';

const TICK_MS = 5;
const DOUBLE_CLICK_SHARE = 0.03;
const CONFLICT_SHARE = 0.005;
const FLAKY_SHARE = 0.002;
const RETRY_SHARE = 0.7;
const RETRIES = 5;
const RETRY_DELAY_MS = [200, 1_000] as const;
const FORM = 'inbox';

const options: ProducerOptions = JSON.parse(optionsText);
const random = seeded(options.seed);
const ledger = new LedgerWriter(options.ledger);
const queue = createQueue({
  name: options.queue,
  redis: options.redisUrl,
  postgres: options.postgresUrl,
  primary: options.primary,
  onEvent: reportEvent,
});

let submitted = 0;
let inFlight = 0;
let resting = true;
/** Rises with each load: what belongs to an earlier one is over. */
let round = 0;
let ticking: NodeJS.Timeout | undefined;

/** One attempt, on the ledger before it is made and after it is answered. */
async function attempt(id: string, content: Content, why: Why): Promise<Result> {
  const number = ledger.begin(id, content, why);
  inFlight += 1;
  try {
    const { via } = await queue.enqueue({ id, form: FORM, data: content });
    ledger.end(number, { result: 'acknowledged', via });
    return 'acknowledged';
  } catch (error) {
    const result = resultOf(error);
    ledger.end(number, { result, ...(error instanceof Error && { error: describe(error) }) });
    return result;
  } finally {
    inFlight -= 1;
    if (resting) restWhenIdle();
  }
}

function resultOf(error: unknown): Result {
  if (error instanceof NotAcceptedError) return error.indeterminate ? 'unknown' : 'refused';
  return error instanceof ConflictError ? 'conflict' : 'failed';
}

function describe(error: Error): string {
  const cause = error.cause instanceof Error ? error.cause : error;
  return `${cause.name}: ${cause.message}`.slice(0, 200);
}

/** One sender: submits, tries again when told to, and is at times impatient or careless. */
async function submit(): Promise<void> {
  const content: Content = {
    from: options.name,
    n: submitted++,
    variant: 'a',
    flaky: random.chance(FLAKY_SHARE),
  };
  const id = newId();
  const isDouble = random.chance(DOUBLE_CLICK_SHARE);
  const isConflict = random.chance(CONFLICT_SHARE);
  const atOnce = random.chance(0.5);
  const other: Content = { ...content, variant: 'b' };
  const second = async () => {
    if (isDouble) await attempt(id, content, 'double');
    if (isConflict) await attempt(id, other, 'conflict');
  };
  const [result] = await Promise.all([attempt(id, content, 'first'), atOnce && second()]);
  if (!atOnce && result === 'acknowledged') await second();
  else if (result === 'refused' || result === 'unknown') await tryAgain(id, content);
}

/** As the page does with an answer that was not a receipt: the same id, after a pause. Some give up. */
async function tryAgain(id: string, content: Content): Promise<void> {
  if (!random.chance(RETRY_SHARE)) return;
  const since = round;
  for (let tries = 0; tries < RETRIES; tries += 1) {
    await pause(random.between(...RETRY_DELAY_MS), undefined, { ref: false });
    if (resting || round !== since) return;
    const result = await attempt(id, content, 'again');
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
    for (; sent < due; sent += 1) void submit();
  }, TICK_MS);
}

function rest(): void {
  clearInterval(ticking);
  resting = true;
  restWhenIdle();
}

function restWhenIdle(): void {
  // Later in this turn a sender may go on to a second attempt.
  setImmediate(() => {
    if (resting && inFlight === 0) tell({ kind: 'rested' });
  });
}

onTerminate(async () => {
  rest();
  while (inFlight > 0) await pause(TICK_MS);
  await queue.close();
});
onOrder((order) => {
  if (order.kind === 'load') load(order.ratePerSecond);
  else if (order.kind === 'rest') rest();
  else tell({ kind: 'seen', healthy: isHealthy(queue), inFlight, wallMs: Date.now() });
});
