import { once } from 'node:events';
import { request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { newId } from '@spillway/queue';

const EVERY_MS = 10;
const TRIES = 20;
const TRY_AGAIN_MS = 50;
/** By when a web process has asked both stores. Earlier, it has no reason to refuse. */
const DEADLINE_MS = 2_000;

/** The web processes that a proxy before them would know. One that was asked to end stays on it until it is gone. */
export type Upstreams = Set<string>;

/** What became of what was sent. */
export interface Ledger {
  readonly accepted: Set<string>;
  /** Answers other than 202, with their status. */
  readonly refused: string[];
  /** Tries that met a connection that was closed or refused. */
  cutOff: number;
  /** Tries that were told 503, shutting down. */
  turnedAway: number;
  /** Tries for which no store answered by the deadline, on a machine that is too slow for it. */
  tooSlow: number;
}

/** Sends one submission each 10 ms, whatever becomes of the others. */
export function startSenders(upstreams: Upstreams): { readonly ledger: Ledger; stop(): Promise<void> } {
  const ledger: Ledger = { accepted: new Set(), refused: [], cutOff: 0, turnedAway: 0, tooSlow: 0 };
  const open = new Set<Promise<void>>();
  let turn = 0;
  const ticking = setInterval(() => {
    const sending = send(ledger, () => [...upstreams][turn++ % upstreams.size] ?? '').finally(() =>
      open.delete(sending),
    );
    open.add(sending);
  }, EVERY_MS);
  return {
    ledger,
    stop: async () => {
      clearInterval(ticking);
      await Promise.all(open);
    },
  };
}

/** As a proxy does it: where nobody answers, the next one is asked. The id makes that safe. */
async function send(ledger: Ledger, next: () => string): Promise<void> {
  const body = JSON.stringify({ id: newId(), data: { sent: 'during a rollout' } });
  for (let tries = 0; tries < TRIES; tries += 1) {
    const url = next();
    const sinceMs = performance.now();
    const answer = await post(url, body).catch(() => undefined);
    const tookMs = performance.now() - sinceMs;
    if (answer?.status === 202) return void ledger.accepted.add(answer.id);
    if (answer === undefined) ledger.cutOff += 1;
    else if (answer.code === 'shutting-down') ledger.turnedAway += 1;
    else if (answer.code === 'not-accepted' && tookMs >= DEADLINE_MS) ledger.tooSlow += 1;
    else
      return void ledger.refused.push(
        `${answer.status} ${answer.code} by ${url} after ${Math.round(tookMs)} ms`,
      );
    await pause(TRY_AGAIN_MS);
  }
  ledger.refused.push('nobody answered');
}

async function post(url: string, body: string): Promise<{ status: number; id: string; code?: string }> {
  const response = await fetch(`${url}/api/submit`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  const { id = '', code } = (await response.json()) as { id?: string; code?: string };
  return { status: response.status, id, ...(code !== undefined && { code }) };
}

/**
 * A person on a slow line: the process has the request in its hands, with half of its body; the rest is sent when `finish`
 * is called, which gives the answer's status.
 */
export async function sendSlowly(url: string): Promise<{ id: string; finish(): Promise<number> }> {
  const id = newId();
  const body = JSON.stringify({ id, data: { sent: 'slowly' } });
  const half = body.slice(0, body.length / 2);
  const sending = request(`${url}/api/submit`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'content-length': String(body.length),
      expect: '100-continue',
    },
  });
  const answered = new Promise<number>((resolve, reject) => {
    sending.once('error', reject).once('response', (response) => resolve(response.resume().statusCode ?? 0));
  });
  answered.catch(() => {});
  sending.flushHeaders();
  await Promise.race([once(sending, 'continue'), answered]);
  sending.write(half);
  return {
    id,
    finish: async () => {
      sending.end(body.slice(half.length));
      return answered;
    },
  };
}
