import type { PushAnswer } from '../contract/store.ts';
import type { Envelope } from '../contract/submission.ts';
import { contextOf, messageOf, startSpan } from '../util/trace.ts';

/** Begins spans of submissions that go from Postgres to Redis. The returned function ends them with Redis' answers, in order. */
export function beginRecovery(
  queue: string,
  envelopes: readonly Envelope[],
): (answers: readonly PushAnswer[]) => void {
  const spans = envelopes.map(({ id, traceparent }) => {
    if (traceparent === undefined) return undefined;
    const attributes = { ...messageOf(queue, id), 'messaging.batch.message_count': envelopes.length };
    return startSpan(`recover ${queue}`, { attributes }, contextOf(traceparent));
  });
  return (answers) => {
    for (const [index, span] of spans.entries())
      span?.setAttribute('spillway.answer', answers[index] ?? 'unknown').end();
  };
}
