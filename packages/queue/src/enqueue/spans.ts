import type { Span } from '@opentelemetry/api';
import { errorText } from '../util/error-text.ts';
import type { StoreName } from '../contract/errors.ts';
import type { PushAnswer, PushItem } from '../contract/store.ts';
import { KIND, activeWith, failSpan, messageOf, startSpan, traceparentOf } from '../util/trace.ts';
import type { Acceptance } from '../contract/views.ts';

/** The spans of one call of `enqueue`: one for the whole call, and one for each store that is asked. */
export interface AcceptSpans {
  asked(store: StoreName, reason: string): void;
  /** `batchSize`: how many submissions were pushed in the same batch. */
  answered(store: StoreName, answer: PushAnswer, batchSize: number, cause: Error | undefined): void;
  accepted(acceptance: Acceptance): void;
  refused(error: Error): void;
}

/** The item with its trace, and its spans if they are recorded. */
export interface TracedItem {
  readonly item: PushItem;
  readonly spans: AcceptSpans | undefined;
}

/** Begins a span within the caller's span, and stores its context with the submission. */
export function beginAccept(queue: string, item: PushItem): TracedItem {
  const span = startSpan(`accept ${queue}`, { kind: KIND.producer });
  const traceparent = span && traceparentOf(span);
  if (traceparent === undefined) return { item, spans: undefined };
  const traced = { ...item, envelope: { ...item.envelope, traceparent } };
  return { item: traced, spans: span?.isRecording() ? new Recorder(queue, item, span) : undefined };
}

class Recorder implements AcceptSpans {
  readonly #span: Span;
  readonly #pushes = new Map<StoreName, Span>();

  constructor(queue: string, { envelope, runAtMs }: PushItem, span: Span) {
    this.#span = span.setAttributes({
      ...messageOf(queue, envelope.id),
      'messaging.operation.type': 'send',
      'messaging.message.body.size': Buffer.byteLength(envelope.payload),
      'spillway.form': envelope.form,
      ...(runAtMs !== undefined && { 'spillway.run_at': new Date(runAtMs).toISOString() }),
    });
  }

  asked(store: StoreName, reason: string): void {
    const attributes = { 'spillway.store': store, 'spillway.reason': reason };
    const push = startSpan(`push ${store}`, { kind: KIND.client, attributes }, activeWith(this.#span));
    if (push) this.#pushes.set(store, push);
  }

  answered(store: StoreName, answer: PushAnswer, batchSize: number, cause: Error | undefined): void {
    const push = this.#pushes.get(store);
    this.#pushes.delete(store);
    push?.setAttributes({ 'spillway.answer': answer, 'spillway.batch.size': batchSize });
    const failed = answer === 'refused' || answer === 'unknown';
    if (failed) failSpan(push, cause ? errorText(cause) : answer);
    push?.end();
  }

  accepted({ via, keeps, duplicate }: Acceptance): void {
    this.#span.setAttributes({
      'spillway.via': via,
      'spillway.keeps': keeps,
      'spillway.duplicate': duplicate,
    });
    this.#span.end();
  }

  refused(error: Error): void {
    failSpan(this.#span, errorText(error));
    this.#span.end();
  }
}
