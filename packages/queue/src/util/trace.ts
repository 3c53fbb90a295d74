import { ROOT_CONTEXT, isSpanContextValid, trace } from '@opentelemetry/api';
import type { Attributes, Context, Span } from '@opentelemetry/api';

/*
 * OpenTelemetry's API only: spans go to the tracer that the application has set up, and nowhere without one. A submission keeps the
 * W3C Trace Context of its accept in either store, so that claim, handler and outcome are in the sender's trace, in any process and
 * at any later time.
 */

export const tracer = trace.getTracer('@spillway/queue');

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/**
 * The trace context that is kept with a submission; `undefined` without a tracer. Kept even if the trace is not sampled, so that
 * later spans are not sampled either.
 */
export function traceparentOf(span: Span): string | undefined {
  const context = span.spanContext();
  if (!isSpanContextValid(context)) return undefined;
  return `00-${context.traceId}-${context.spanId}-${context.traceFlags.toString(16).padStart(2, '0')}`;
}

/** The context to continue in. An unreadable one begins a new trace and is never an error. */
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
