import type { AttemptRecord } from '../contract/store.ts';
import type { Envelope } from '../contract/submission.ts';
/** The columns of an envelope, as the queries here select them. */
export type EnvelopeRow = {
  readonly id: string;
  readonly form: string;
  readonly data: string;
  readonly digest: string;
  readonly received_ms: number;
  readonly generation: number;
  readonly traceparent: string | null;
};

export function toEnvelope(row: EnvelopeRow): Envelope {
  return {
    id: row.id,
    form: row.form,
    payload: row.data,
    digest: row.digest,
    receivedAtMs: Math.round(row.received_ms),
    generation: row.generation,
    ...(row.traceparent !== null && { traceparent: row.traceparent }),
  };
}

export function parseHistory(text: string): readonly AttemptRecord[] {
  return JSON.parse(text);
}
