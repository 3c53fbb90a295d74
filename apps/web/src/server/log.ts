import type { QueueEvent } from '@spillway/queue';
import { pino } from 'pino';

/** JSON lines on stdout. */
export type Log = ReturnType<typeof createLog>;

export function createLog(level: string) {
  return pino({ level, base: { service: 'web' } });
}

/** The queue's events as log lines. They never carry a payload. */
export function queueLogger(log: Log): (event: QueueEvent) => void {
  return ({ level, event, message, fields }) => log[level]({ event, ...fields }, message);
}
