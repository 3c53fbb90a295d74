import { setTimeout as pause } from 'node:timers/promises';
import type { Transaction } from '@spillway/queue';
import { sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import type { Content } from './ledger.ts';

/** The exit code of a process that a handler ends; the fleet starts another one, as a supervisor does. */
export const ENDED_BY_HANDLER = 42;
/** Of a handler that is too slow for each of the server's timeouts, while a fault sets those. */
export const SERVER_TIMEOUT_MS = 500;
const SLOW_MS = 3 * SERVER_TIMEOUT_MS;
/** A forgotten statement runs this long after its handler has ended, when another one may use the connection. */
const FORGOTTEN_MS = [0, 20, 100, 500];
/** The role that a handler changes to. It may do nothing. */
export const OTHER_ROLE = 'chaos_other';

export interface Scene {
  /** The ledger's id of the submission. */
  readonly id: string;
  readonly content: Content;
  readonly attempt: number;
  readonly leaseMs: number;
  /** Missing where the contestant hands out none. */
  readonly tx: Transaction | undefined;
}

/** What a handler does wrong. */
export type Mischief = keyof typeof DEEDS;

type Deed = (scene: Scene) => Promise<void> | void;

/** All values that a handler may throw and that cannot be turned into text, or not safely. */
const THROWN: readonly (() => unknown)[] = [
  () => Object.create(null),
  () => [Object.create(null)],
  () => undefined,
  () => null,
  () => Symbol('thrown'),
  () => Object.assign(new Error('its message is no text'), { message: Object.create(null) }),
  () => Object.defineProperty(new Error('unread'), 'message', { get: throwing }),
  () => Object.defineProperty({}, 'message', { get: throwing }),
  () => new Proxy(new Error('behind a proxy'), { get: throwing, has: throwing, getPrototypeOf: throwing }),
  () => ({ toString: throwing }),
];

/** How a handler may leave its session or transaction. */
const SESSION_CHANGES: readonly string[] = [
  `SET LOCAL ROLE ${OTHER_ROLE}`,
  `SET ROLE ${OTHER_ROLE}`,
  'SET LOCAL search_path = pg_temp',
  'SET search_path = pg_temp',
  `SET statement_timeout = '1ms'`,
  'SET default_transaction_read_only = on',
];

const DEEDS = {
  fail: ({ id }) => {
    throw new Error(`No attempt on ${id} succeeds, on purpose.`);
  },
  'throw-bare': ({ content, attempt, tx }) => {
    // Others are asked about the plainest of them only: what their code makes of the rest is not ours to find out.
    const choice = tx ? (content.n + attempt) % THROWN.length : 0;
    throw THROWN[choice]?.();
  },
  hang: () => new Promise(() => {}),
  'leak-tx': ({ id, content, tx }) => {
    for (const laterMs of FORGOTTEN_MS) {
      void pause(laterMs)
        .then(() => tx?.execute(insertForgotten(id, content.variant)))
        .catch(() => {});
    }
    // Every other one fails, as a branch of Promise.all does; the rest end well, and have only forgotten to await.
    if (content.n % 2 === 0) throw new Error('One branch failed while others still ran.');
  },
  'set-session': async ({ content, attempt, tx }) => {
    const change = SESSION_CHANGES[(content.n + attempt) % SESSION_CHANGES.length] ?? '';
    await tx?.execute(sql.raw(change));
  },
  'block-loop': ({ leaseMs }) => {
    const untilMs = performance.now() + 1.5 * leaseMs;
    while (performance.now() < untilMs);
  },
  exit: () => process.exit(ENDED_BY_HANDLER),
  'slow-idle': () => pause(SLOW_MS),
  'slow-statement': async ({ tx }) => {
    await tx?.execute(sql`SELECT pg_sleep(${SLOW_MS / 1_000})`);
  },
} satisfies Readonly<Record<string, Deed>>;

/** Does it, in so many attempts of the submission as it is to go wrong in. */
export async function misbehave(scene: Scene): Promise<void> {
  const { mischief } = scene.content;
  if (mischief === undefined || scene.attempt > (mischief.attempts ?? Number.POSITIVE_INFINITY)) return;
  await DEEDS[mischief.name](scene);
}

function insertForgotten(id: string, variant: string): SQL {
  return sql`INSERT INTO effects (id, variant, worker) VALUES (${id}, ${variant}, 'forgotten')`;
}

function throwing(): never {
  throw new Error('thrown by reading it');
}
