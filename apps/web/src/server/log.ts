import type { QueueEvent } from '@spillway/queue';
import { pino } from 'pino';

/** Wrappers within wrappers end somewhere; a chain that leads back to itself does not. */
const MAX_CAUSES = 5;

/** JSON lines on stdout. */
export type Log = ReturnType<typeof createLog>;

export function createLog(level: string) {
  return pino({ level, base: { service: 'web' }, serializers: { err: describeError } });
}

/** The queue's events as log lines. They never carry a payload. */
export function queueLogger(log: Log): (event: QueueEvent) => void {
  return ({ level, event, message, fields }) => log[level]({ event, ...fields }, message);
}

/**
 * An error as it may stand in a log: its root cause by name, code and message. What wraps it repeats the failed
 * statement with its parameters, and Postgres' own `detail` the row: session tokens, password hashes, answers.
 */
export function describeError(error: unknown): object | string {
  if (!(error instanceof Error)) return typeof error;
  const root = rootCause(error);
  return {
    type: root.name,
    ...('code' in root && { code: root.code }),
    message: withoutParameters(root.message),
    stack: withoutParameters(root.stack ?? ''),
  };
}

function rootCause(error: Error): Error {
  let root = error;
  for (let depth = 0; depth < MAX_CAUSES && root.cause instanceof Error; depth += 1) root = root.cause;
  return root;
}

/** Where a failed statement came without its cause. Its parameters end at the stack's first line, if there is one. */
function withoutParameters(text: string): string {
  return text.replace(/^params: [^]*?(?=\n {4}at |$(?![^]))/m, 'params: …');
}
