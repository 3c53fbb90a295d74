import type {
  Attributes,
  Context,
  ContextManager,
  Span,
  SpanKind,
  SpanOptions,
  SpanStatusCode,
  TracerProvider,
} from '@opentelemetry/api';

/*
 * Spans go to the tracer that the application has set up with OpenTelemetry, and nowhere without one. A submission keeps the W3C
 * Trace Context of its accept in either store, so that claim, handler and outcome are in the sender's trace, in any process and at
 * any later time.
 *
 * The package of OpenTelemetry is not loaded, so that it need not be installed: its copies of version 1 share what the application
 * registers under a global symbol, and a context keeps its span under another (their `global-utils` and `context-utils`). Only its
 * types are used here, and numbers in place of its enums.
 */

const REGISTRY = Symbol.for('opentelemetry.js.api.1');
const SPAN = Symbol.for('OpenTelemetry Context Key SPAN');
const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
/** Its ids of a span that is not traced. */
const NO_TRACE = '0'.repeat(32);
const NO_SPAN = '0'.repeat(16);

/* oxlint-disable typescript/no-unsafe-enum-assignment -- the enums are values of the package; a test compares the numbers. */
/** Its `SpanKind`. */
export const KIND: Readonly<Record<'client' | 'producer' | 'consumer', SpanKind>> = {
  client: 2,
  producer: 3,
  consumer: 4,
};
/** Its `SpanStatusCode.ERROR`. */
export const FAILED: SpanStatusCode = 2;
/* oxlint-enable typescript/no-unsafe-enum-assignment */

interface Registered {
  readonly trace?: TracerProvider;
  readonly context?: ContextManager;
}

/** What the application has registered: nothing before it does. */
function registered(): Registered {
  return Object(Reflect.get(globalThis, REGISTRY));
}

/** A context without a span, for traces that another process has begun. */
class Values implements Context {
  readonly #values: ReadonlyMap<symbol, unknown>;

  constructor(values: ReadonlyMap<symbol, unknown> = new Map()) {
    this.#values = values;
  }

  getValue(key: symbol): unknown {
    return this.#values.get(key);
  }

  setValue(key: symbol, value: unknown): Context {
    return new Values(new Map(this.#values).set(key, value));
  }

  deleteValue(key: symbol): Context {
    return new Values(new Map([...this.#values].filter(([one]) => one !== key)));
  }
}

const ROOT = new Values();

/** Begins a span in the active context, or in the given one. `undefined` without a tracer. */
export function startSpan(name: string, options: SpanOptions, within?: Context): Span | undefined {
  return registered().trace?.getTracer('@spillway/queue').startSpan(name, options, within);
}

/** Marks a span as failed. */
export function failSpan(span: Span | undefined, message: string): void {
  span?.setStatus({ code: FAILED, message });
}

/** The active context, with this span in it. */
export function activeWith(span: Span): Context {
  return (registered().context?.active() ?? ROOT).setValue(SPAN, span);
}

/** Runs `run` with the span active. */
export function runIn<T>(span: Span, run: () => Promise<T>): Promise<T> {
  const manager = registered().context;
  return manager === undefined ? run() : manager.with(activeWith(span), run);
}

/**
 * The trace context that is kept with a submission; `undefined` without a tracer. Kept even if the trace is not sampled, so that
 * later spans are not sampled either.
 */
export function traceparentOf(span: Span): string | undefined {
  const { traceId, spanId, traceFlags } = span.spanContext();
  const text = `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
  const isValid = traceId !== NO_TRACE && spanId !== NO_SPAN && TRACEPARENT.test(text);
  return isValid ? text : undefined;
}

/** The context to continue in. An unreadable one begins a new trace and is never an error. */
export function contextOf(traceparent: string | undefined): Context {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(traceparent ?? '') ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return ROOT;
  const context = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  // A tracer asks a parent for its context only.
  return ROOT.setValue(SPAN, { spanContext: () => context, isRecording: () => false });
}

/** What every span about a submission says, by the names of OpenTelemetry's conventions for messaging. */
export function messageOf(queue: string, id: string): Attributes {
  return { 'messaging.system': 'spillway', 'messaging.destination.name': queue, 'messaging.message.id': id };
}
