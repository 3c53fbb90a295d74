import { toProblem } from '@spillway/api';

/** What the shell gets to know. `docs/cli.md` says the same. */
export const EXIT = { fine: 0, failed: 1, usage: 2, warning: 3, danger: 4, interrupted: 130 } as const;

/** It was called in a way that cannot work; nothing was done. */
export class UsageError extends Error {}

/** Ctrl-C, or SIGTERM: what was begun is finished, nothing more is. */
export class InterruptedError extends Error {
  constructor(message = 'Interrupted.') {
    super(message);
  }
}

/** An error in words for whoever typed the command: with its cause, since it is their own machine. */
export function describeError(error: unknown): string {
  const { code, detail, errors } = toProblem(error);
  const reason = reasonOf(error);
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

/** Node says of a host with several addresses only that all failed; the first says why. */
function textOf(error: Error): string {
  if (error.message !== '' || !(error instanceof AggregateError)) return error.message;
  const [first] = error.errors as unknown[];
  return first instanceof Error ? first.message : '';
}
