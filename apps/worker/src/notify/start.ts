import type { Db } from '@spillway/db';
import { createQueue, createWorker } from '@spillway/queue';
import type { BatchHandler, Queue, QueueEvent, Worker } from '@spillway/queue';
import { createReceipts } from '@spillway/receipt';
import { EnvError } from '../env.ts';
import type { Env } from '../env.ts';
import { createNoticeHandler } from '../handlers/notices.ts';
import type { MailLimit } from '../handlers/notices.ts';
import type { Stopwatch } from '../metrics.ts';
import type { DestinationOptions } from './destination.ts';
import { createMailer } from './mail.ts';
import { withNotices } from './notice.ts';
import { createRecipientHash } from './recipient.ts';
import { readNotifySettings } from './settings.ts';

const SECOND_MS = 1000;
/** Others' servers are away for hours: twenty attempts take about nine on average, and then a person decides. */
const PATIENCE = { maxAttempts: 20, backoffMs: { base: 5 * SECOND_MS, max: 2 * 60 * 60 * SECOND_MS } };
/** A call that waits for its answer holds no connection to Postgres, so that a slow receiver holds up few others. */
const CONCURRENCY = 50;
const CONNECTIONS = 6;

interface NotifyOptions {
  readonly env: Env;
  readonly db: Db;
  readonly stopwatch: Stopwatch;
  readonly onEvent: (event: QueueEvent) => void;
  /** Told when calls to a host, or mails, pause and go on. */
  readonly onPause: DestinationOptions['onPause'];
  /** Told of each mail that its recipient's limit holds back. */
  readonly onHeld: MailLimit['onHeld'];
}

/** The queue of notices and its worker. */
export interface Notifier {
  readonly queue: Queue;
  readonly worker: Worker;
  /** Adds the notices to what a batch does. */
  readonly wrap: (handle: BatchHandler) => BatchHandler;
  readonly close: () => Promise<void>;
}

/** `undefined`: nobody wants to be told. Throws `EnvError`. */
export function createNotifier({
  env,
  db,
  stopwatch,
  onEvent,
  onPause,
  onHeld,
}: NotifyOptions): Notifier | undefined {
  if (env.SPILLWAY_NOTIFY_FILE === undefined) return undefined;
  const settings = readNotifySettings(env.SPILLWAY_NOTIFY_FILE);
  const hasMails = [...settings.values()].some(({ receipt }) => receipt);
  const mail = hasMails ? mailOf(env, onHeld) : undefined;
  // Only Postgres: a notice is written there together with its submission, and a delay of a second does no harm.
  const queue = createQueue({
    name: `${env.SPILLWAY_QUEUE}-notices`,
    postgres: env.DATABASE_URL,
    acceptConnections: 1,
    workConnections: CONNECTIONS,
    onEvent,
  });
  const external = stopwatch.external(queue.name, createNoticeHandler({ db, settings, mail, onPause }));
  const options = { ...PATIENCE, concurrency: CONCURRENCY, graceMs: env.WORKER_GRACE_MS };
  return {
    queue,
    worker: createWorker(queue, { external }, options),
    wrap: (handle) => withNotices(handle, queue, settings),
    close: () => queue.close(),
  };
}

function mailOf(env: Env, onHeld: MailLimit['onHeld']) {
  const { SPILLWAY_SMTP_URL, SPILLWAY_MAIL_FROM, SPILLWAY_SECRET, SPILLWAY_BASE_URL } = env;
  const needed = { SPILLWAY_SMTP_URL, SPILLWAY_MAIL_FROM, SPILLWAY_SECRET, SPILLWAY_BASE_URL };
  const missing = Object.entries(needed).filter(([, value]) => value === undefined);
  if (!SPILLWAY_SMTP_URL || !SPILLWAY_MAIL_FROM || !SPILLWAY_SECRET || !SPILLWAY_BASE_URL) {
    const names = missing.map(([name]) => name).join(', ');
    throw new EnvError(`Mails to senders need ${names} (SPILLWAY_NOTIFY_FILE asks for them).`);
  }
  return {
    send: createMailer({ smtpUrl: SPILLWAY_SMTP_URL, from: SPILLWAY_MAIL_FROM }),
    receipts: createReceipts(SPILLWAY_SECRET),
    baseUrl: SPILLWAY_BASE_URL,
    limit: { perHour: env.SPILLWAY_MAIL_LIMIT, hashOf: createRecipientHash(SPILLWAY_SECRET), onHeld },
  };
}
