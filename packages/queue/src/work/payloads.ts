import { TimeLimitError } from '../contract/failures.ts';
import { abortable } from '../util/abort.ts';
import { withTimeout } from '../util/deadline.ts';
import { toError } from '../util/error-text.ts';
import type { ClaimedSubmission } from '../contract/handler.ts';
import { readPayload } from '../contract/payload-schema.ts';
import type { Schemas } from '../contract/payload-schema.ts';
import type { Claim } from '../contract/store.ts';
import { decode } from '../contract/submission.ts';

/** A claim whose payload does not fit the schema that this worker has for its form. */
export interface InvalidClaim {
  readonly claim: Claim;
  readonly cause: Error;
}

/** Claims as a handler gets them: with their data, or with the output of their form's schema. */
export class Payloads {
  readonly #schemas: Schemas | undefined;
  /** Outputs for the first run of a handler. A second run validates again: the first may have changed its objects. */
  readonly #ahead = new WeakMap<Claim, unknown>();

  constructor(schemas: Schemas | undefined) {
    this.#schemas = schemas;
  }

  /**
   * Separates valid payloads from invalid ones before a transaction begins, so that an invalid one does not fail the batch. A schema
   * has `timeoutMsOf` its form. Rejects with the signal's reason once it aborts.
   */
  async sort(
    claims: readonly Claim[],
    timeoutMsOf: (form: string) => number,
    signal: AbortSignal,
  ): Promise<{ valid: readonly Claim[]; invalid: readonly InvalidClaim[] }> {
    const schemas = this.#schemas;
    if (schemas === undefined) return { valid: claims, invalid: [] };
    const invalid: InvalidClaim[] = [];
    const read = async (claim: Claim) => {
      const timeoutMs = timeoutMsOf(claim.envelope.form);
      const reading = abortable(signal, () => readPayload(schemas, claim.envelope));
      try {
        const data = await withTimeout(timeoutMs, reading, new TimeLimitError('schema', timeoutMs));
        this.#ahead.set(claim, data);
      } catch (error) {
        invalid.push({ claim, cause: toError(error) });
      }
    };
    await Promise.all(claims.map(read));
    signal.throwIfAborted();
    return { valid: claims.filter((claim) => this.#ahead.has(claim)), invalid };
  }

  async readAll(claims: readonly Claim[]): Promise<readonly ClaimedSubmission[]> {
    if (this.#schemas === undefined) return claims.map((claim) => toClaimed(claim));
    return Promise.all(claims.map((claim) => this.read(claim)));
  }

  async read(claim: Claim): Promise<ClaimedSubmission> {
    if (this.#schemas === undefined) return toClaimed(claim);
    const data = this.#ahead.has(claim)
      ? this.#ahead.get(claim)
      : await readPayload(this.#schemas, claim.envelope);
    this.#ahead.delete(claim);
    return toClaimed(claim, data);
  }
}

function toClaimed(claim: Claim, data?: unknown): ClaimedSubmission {
  return { ...decode(claim.envelope, data), attempt: claim.attempt };
}
