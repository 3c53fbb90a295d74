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

  /** Separates valid payloads from invalid ones before a transaction begins, so that an invalid one does not fail the batch. */
  async sort(
    claims: readonly Claim[],
  ): Promise<{ valid: readonly Claim[]; invalid: readonly InvalidClaim[] }> {
    const schemas = this.#schemas;
    if (schemas === undefined) return { valid: claims, invalid: [] };
    const valid: Claim[] = [];
    const invalid: InvalidClaim[] = [];
    for (const claim of claims) {
      try {
        this.#ahead.set(claim, await readPayload(schemas, claim.envelope));
        valid.push(claim);
      } catch (error) {
        invalid.push({ claim, cause: toError(error) });
      }
    }
    return { valid, invalid };
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
