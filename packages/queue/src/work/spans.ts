import type { Span } from '@opentelemetry/api';
import { errorText } from '../util/error-text.ts';
import type { Claim, Store } from '../contract/store.ts';
import { KIND, activeWith, contextOf, failSpan, messageOf, runIn, startSpan } from '../util/trace.ts';

/**
 * How a worker's hold on a submission ended. `late`: it was settled before. `stood_back`: another worker holds it. `released`:
 * returned without an attempt.
 */
export type Ending = 'done' | 'retried' | 'snoozed' | 'dead' | 'late' | 'stood_back' | 'released';

/** The spans of the submissions that a worker holds, each in the trace that the store kept with it. */
export class WorkSpans {
  readonly #queue: string;
  readonly #worker: string;
  readonly #open = new Map<Claim, Span>();

  constructor(queue: string, worker: string) {
    this.#queue = queue;
    this.#worker = worker;
  }

  claimed(store: Store, claims: readonly Claim[]): void {
    for (const claim of claims) {
      const { id, traceparent } = claim.envelope;
      const within = contextOf(traceparent);
      const span = startSpan(`process ${this.#queue}`, { kind: KIND.consumer }, within);
      if (!span?.isRecording()) continue;
      span.setAttributes({
        ...messageOf(this.#queue, id),
        'messaging.operation.type': 'process',
        'messaging.batch.message_count': claims.length,
        'spillway.store': store.name,
        'spillway.attempt': claim.attempt,
        'spillway.worker': this.#worker,
      });
      this.#open.set(claim, span);
    }
  }

  /**
   * Runs a handler in spans of its own: one in each submission's trace. Spans of the handler itself go to the first of them, which
   * links to the others: one call serves them all.
   */
  async handling<T>(claims: readonly Claim[], handle: () => Promise<T>): Promise<T> {
    const traced = claims.flatMap((claim) => this.#open.get(claim) ?? []);
    if (traced.length === 0) return handle();
    const [first, ...others] = traced;
    const links = others.map((span) => ({ context: span.spanContext() }));
    const spans = traced.flatMap(
      (span) => startSpan('handle', span === first ? { links } : {}, activeWith(span)) ?? [],
    );
    const [active] = spans;
    try {
      return await (active ? runIn(active, handle) : handle());
    } catch (error) {
      for (const span of spans) failSpan(span, errorText(error));
      throw error;
    } finally {
      for (const span of spans) span.end();
    }
  }

  ended(claims: readonly Claim[], ending: Ending, error?: string): void {
    if (this.#open.size === 0) return;
    for (const claim of claims) {
      const span = this.#open.get(claim);
      if (span === undefined) continue;
      this.#open.delete(claim);
      span.setAttribute('spillway.outcome', ending);
      if (error !== undefined) failSpan(span, error);
      span.end();
    }
  }
}
