import { types } from 'node:util';

/** Causes are followed this far: they may go round in a circle. */
const MAX_CAUSES = 5;
/** What a thrown value says is read up to here, in characters. */
const MAX_READ = 10_000;
const UNREADABLE = 'a value without readable text was thrown';

/**
 * What was thrown, as an error that every reader can read. Any value can be thrown: one without a prototype, a revoked Proxy, an
 * error whose `message` throws. Such a value becomes a plain error that carries what text it has. Never throws.
 */
export function toError(thrown: unknown): Error {
  return isReadableError(thrown) ? thrown : new Error(attempt(() => textOf(thrown)) ?? UNREADABLE);
}

/** An error and what caused it, as far as it can be read; at most five. Never throws. */
export function causesOf(thrown: unknown): readonly Error[] {
  const errors: Error[] = [];
  let current = thrown;
  while (errors.length < MAX_CAUSES && isReadableError(current)) {
    errors.push(current);
    current = propertyOf(current, 'cause');
  }
  return errors;
}

/**
 * An error's text for rows and logs: Drizzle's wrapping taken off (it lists the statement and its parameters,
 * so payloads), NUL removed (a text column refuses it), cut to length. Never throws.
 */
export function errorText(error: unknown, maxLength = 1_000): string {
  const errors = causesOf(error);
  const last = errors.at(-1);
  const inner = errors.find((one) => !one.message.startsWith('Failed query'));
  const said = inner ?? (last ? propertyOf(last, 'cause') : error);
  const text = attempt(() => textOf(said)) ?? UNREADABLE;
  const clean = text.slice(0, maxLength).replaceAll('\u0000', '\u2400').toWellFormed();
  return text.length > maxLength ? `${clean}…` : clean;
}

/** A property of any value; `undefined` where reading it throws. */
export function propertyOf(value: object, key: string): unknown {
  return attempt(() => Reflect.get(value, key));
}

/** A Proxy may answer each time differently, and so none is trusted. */
function isReadableError(value: unknown): value is Error {
  const read = () =>
    !types.isProxy(value) &&
    value instanceof Error &&
    typeof value.name === 'string' &&
    typeof value.message === 'string';
  return attempt(read) ?? false;
}

function textOf(value: unknown): string {
  return isReadableError(value)
    ? `${value.name}: ${value.message.slice(0, MAX_READ)}`
    : String(value).slice(0, MAX_READ);
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
