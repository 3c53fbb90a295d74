import { ROOT_CONTEXT, isSpanContextValid, trace } from '@opentelemetry/api';
import type { Attributes, Context, Span } from '@opentelemetry/api';

/*
 * OpenTelemetry's API alone: spans go to whatever tracer the application has set up, and nowhere where it has none. A
 * submission carries the W3C Trace Context of whoever accepted it through either store, so that claim, handler and outcome
 * stand in the sender's own trace, in whichever process and however much later they happen.
 */

export const tracer = trace.getTracer('@spillway/queue');

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** What travels with a submission; nothing where nobody traces. Also where it is not sampled: then nobody samples it. */
export function traceparentOf(span: Span): string | undefined {
  const context = span.spanContext();
  if (!isSpanContextValid(context)) return undefined;
  return `00-${context.traceId}-${context.spanId}-${context.traceFlags.toString(16).padStart(2, '0')}`;
}

/** The context to go on in. What is none begins a trace of its own: never an error, it is only a trace. */
export function contextOf(traceparent: string | undefined): Context {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(traceparent ?? '') ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return ROOT_CONTEXT;
  const context = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  return trace.setSpanContext(ROOT_CONTEXT, context);
}

/** What every span about a submission says, by the names of OpenTelemetry's conventions for messaging. */
export function messageOf(queue: string, id: string): Attributes {
  return { 'messaging.system': 'spillway', 'messaging.destination.name': queue, 'messaging.message.id': id };
}
