import { trace } from '@opentelemetry/api';
import { escapeControl } from '@spillway/terminal';
import type { QueueEvent } from '@spillway/queue';
import { pino } from 'pino';
import type { DestinationStream, Logger } from 'pino';

export type Log = Logger;

/** Wrappers within wrappers end somewhere; a chain that leads back to itself does not. */
const MAX_CAUSES = 5;

/** What an object holds below this is not logged. It also ends what contains itself. */
const MAX_DEPTH = 6;

/** Fields whose names show that they are secret, such as `Set-Cookie` or `sessionToken`, at any depth of an object. */
const SECRET_FIELD = /password|secret|token|receipt|authorization|cookie|^data$|^payload$/i;
const CENSORED = '…';

/** Names of an address' parameters whose values are not logged. */
const SECRET_PARAMETER = /password|secret|token|receipt/i;

export interface LogOptions {
  readonly service: string;
  readonly level: string;
  /** Default: stdout. */
  readonly to?: DestinationStream;
}

/**
 * JSON lines. Each has the id of the current trace, if there is one. Secrets are removed in two ways: by the names of
 * fields, and from any text. A terminal can show each line safely.
 */
export function createLog({ service, level, to }: LogOptions): Log {
  const options = {
    level,
    base: { service },
    serializers: { err: describeError },
    formatters: { log: withoutSecretFields },
    mixin: traceIds,
    hooks: { streamWrite: (line: string) => escapeControl(withoutSecrets(line)) },
  };
  return to ? pino(options, to) : pino(options);
}

/** Reports the queue's events. They carry ids, never what people submitted. */
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
  const begin = text.search(/^params: /m);
  if (begin < 0) return text;
  const end = text.indexOf('\n    at ', begin);
  return `${text.slice(0, begin)}params: …${end < 0 ? '' : text.slice(end)}`;
}

function withoutSecretFields(fields: Record<string, unknown>, depth = 1): Record<string, unknown> {
  const entries = Object.entries(fields).map(([name, value]) => {
    return [name, SECRET_FIELD.test(name) ? CENSORED : withoutSecretValues(value, depth)];
  });
  return Object.fromEntries(entries);
}

/** Errors have a serializer, and dates convert themselves to JSON. */
function withoutSecretValues(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Error || 'toJSON' in value)
    return value;
  if (depth === MAX_DEPTH) return CENSORED;
  if (Array.isArray(value)) return value.map((one: unknown) => withoutSecretValues(one, depth + 1));
  return withoutSecretFields({ ...value }, depth + 1);
}

function withoutSecrets(line: string): string {
  return line.replace(/[^\s"]+/g, withoutPassword).replace(/[?&][^\s&"\\]+/g, withoutSecretValue);
}

/**
 * A password in an address, also one with characters that should have been escaped: from the colon behind the user to the
 * last @. By hand: a pattern for it tries each beginning with each end.
 */
function withoutPassword(word: string): string {
  for (let scheme = word.indexOf('://'); scheme >= 0; scheme = word.indexOf('://', scheme + 1)) {
    const user = scheme + '://'.length;
    const length = word.slice(user).search(/[:/\\]/);
    if (length < 0) return word;
    if (word[user + length] !== ':') continue;
    const at = word.lastIndexOf('@');
    const password = user + length + 1;
    return at > password ? `${word.slice(0, password)}${CENSORED}${word.slice(at)}` : word;
  }
  return word;
}

/** A code or password among an address' parameters; also in an address that is itself a parameter. */
function withoutSecretValue(parameters: string): string {
  const parts = parameters.split('?');
  for (const [index, part] of parts.entries()) {
    const [name = '', value] = part.split('=', 2);
    if (value && SECRET_PARAMETER.test(name)) {
      return [...parts.slice(0, index), `${name}=${CENSORED}`].join('?');
    }
  }
  return parameters;
}

function traceIds(): object {
  const context = trace.getActiveSpan()?.spanContext();
  return context ? { trace_id: context.traceId, span_id: context.spanId } : {};
}
