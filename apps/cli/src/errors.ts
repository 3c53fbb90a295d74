import { toProblem } from '@spillway/api';
import { InvalidOptionsError } from '@spillway/queue';

/** The exit codes. `docs/cli.md` lists the same. */
export const EXIT = { fine: 0, failed: 1, usage: 2, warning: 3, danger: 4, interrupted: 130 } as const;

/** It was called in a way that cannot work; nothing was done. */
export class UsageError extends Error {}

/** Ctrl-C, or SIGTERM: the current step is finished, and no further step begins. */
export class InterruptedError extends Error {
  constructor(message = 'Interrupted.') {
    super(message);
  }
}

const NODE_MAJOR = 24;

/** Throws `UsageError` if this version of Node lacks a feature that the command line uses. */
export function checkNode(version: string): void {
  if (Number.parseInt(version, 10) >= NODE_MAJOR) return;
  throw new UsageError(
    `This is Node ${version}; the command needs Node ${NODE_MAJOR}.\n` +
      '  In a clone, `npm run spillway -- …` uses the right version.',
  );
}

/** Whether it was called wrongly: also where only the queue or a procedure could know. */
export function isUsage(error: unknown): boolean {
  if (error instanceof UsageError || error instanceof InvalidOptionsError) return true;
  return toProblem(error).code === 'invalid';
}

/** The first of a class among an error and its causes. */
export function causeOf<T extends Error>(
  error: unknown,
  of: abstract new (...args: never[]) => T,
): T | undefined {
  for (let current = error; current instanceof Error; current = current.cause)
    if (current instanceof of) return current;
  return undefined;
}

/** The text of an error for the person at the terminal. It includes the cause, because the machine is their own. */
export function describeError(error: unknown, reason = reasonOf(error)): string {
  const { code, detail, errors } = toProblem(error);
  if (code === 'internal') return reason ?? String(error);
  if (code === 'store-unavailable' && reason) return `${detail}\n  ${reason}`;
  if (errors !== undefined)
    return [detail, ...errors.map(({ field, message }) => `  ${field}: ${message}`)].join('\n');
  return detail;
}

/** The innermost message: what the store's client said, without the statement that was sent. */
function reasonOf(error: unknown): string | undefined {
  let innermost: Error | undefined;
  for (
    let depth = 0, current = error;
    depth < 8 && current instanceof Error;
    depth += 1, current = current.cause
  )
    if (textOf(current) !== '') innermost = current;
  return innermost && textOf(innermost);
}

/** For a host with several addresses Node reports only that all failed; the first error has the reason. */
function textOf(error: Error): string {
  if (error.message !== '' || !(error instanceof AggregateError)) return error.message;
  const [first] = error.errors as unknown[];
  return first instanceof Error ? first.message : '';
}
