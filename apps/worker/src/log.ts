import type { QueueEvent } from '@spillway/queue';
import { type Logger, pino } from 'pino';

export type { Logger } from 'pino';

/** JSON lines on stdout, written at once: the last words before a crash are the ones that matter. */
export function createLog(level: string): Logger {
  return pino({ level, base: { service: 'worker' } }, pino.destination({ dest: 1, sync: true }));
}

/** Reports the queue's events. They carry ids, never what people submitted. */
export function logEvents(log: Logger): (event: QueueEvent) => void {
  return ({ level, event, message, fields }) => log[level]({ event, ...fields }, message);
}
