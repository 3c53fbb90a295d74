import { createHash, timingSafeEqual } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { Db } from '@spillway/db';
import { readSubmission } from '@spillway/db';
import { formByName } from '@spillway/forms';
import type { Issue } from '@spillway/forms';
import type { Queue } from '@spillway/queue';
import { readReference } from '@spillway/receipt';
import type { Receipts, Reference } from '@spillway/receipt';
import { ApiError } from '../errors.ts';
import type { Admit } from '../abuse/rate-limit.ts';

/** What a person kept of a submission. */
export interface FindInput {
  /** The reference, or the whole id. */
  readonly reference: string;
  /** The email address given in the form, or the receipt's code. */
  readonly proof: string;
}

/** So many of one reference are looked at for an email address: each is a few questions to the stores. */
const MAX_READ = 50;
/** So many for a code, which is a hash of the id alone. */
const MAX_CODES = 2_000;
/** Hashes between two turns of the event loop: a few milliseconds. */
const HASHES_AT_ONCE = 500;

/** Looks a submission up, by what is read after the limit. Throws `invalid`, `rate-limited`, `store-unavailable`, or `not-found` for every other reason. */
export type Find = (
  readInput: () => FindInput | Promise<FindInput>,
  address: string | undefined,
) => Promise<{ readonly id: string; readonly code: string }>;

interface FindOptions {
  readonly queue: Pick<Queue, 'inspect'>;
  readonly db: Db;
  readonly receipts: Receipts;
  /** Guesses are counted by themselves. */
  readonly admit: Admit;
}

export function createFind({ queue, db, receipts, admit }: FindOptions): Find {
  /**
   * The submission that the proof belongs to, of those that carry the reference. Senders choose their ids, so any number of
   * others may copy one. The original is received before its reference can be known, so it is among the first, whatever
   * its copies are; that bounds the work, and copies cannot hide it.
   */
  async function proven(reference: Reference, proof: string): Promise<string | undefined> {
    const isAddress = proof.includes('@');
    const isProof = async (id: string) =>
      isAddress ? hasEmail(await contentOf(id), proof) : receipts.matches(id, proof);
    if (reference.kind === 'id') return (await isProof(reference.id)) ? reference.id : undefined;
    const limit = isAddress ? MAX_READ : MAX_CODES;
    const { found, nextCursor } = await queue.inspect.findIdsByReference(reference.begins, reference.ends, {
      limit,
    });
    for (const [n, { id }] of found.entries()) {
      if (await isProof(id)) return id;
      if (n % HASHES_AT_ONCE === HASHES_AT_ONCE - 1) await setImmediate();
    }
    if (nextCursor === undefined) return undefined;
    // Not `not-found`: one of the others may fit.
    const message = 'Many submissions carry this reference. Enter the whole id';
    throw new ApiError('invalid', `${message}.`, { errors: [{ field: 'reference', message }] });
  }

  /** Until it is processed the queue holds the answers, then the application's table does. */
  async function contentOf(id: string): Promise<{ form: string; data: unknown } | undefined> {
    const held = await queue.inspect.find(id);
    if (held?.form === undefined || held.payload === undefined) return readSubmission(db, id);
    return { form: held.form, data: JSON.parse(held.payload) };
  }

  return async (readInput, address) => {
    await admit(address);
    const { reference, proof } = check(await readInput());
    const id = await proven(reference, proof);
    if (id !== undefined) return { id, code: receipts.codeFor(id) };
    throw new ApiError('not-found', 'There is no such submission, or this does not belong to it.');
  };
}

/** Whether the address stands in one of the form's fields for addresses: nowhere else does it prove anything. */
function hasEmail(submission: { form: string; data: unknown } | undefined, email: string): boolean {
  if (!submission) return false;
  const fields = formByName(submission.form)?.fields.filter(({ kind }) => kind === 'email') ?? [];
  const given = new Map(Object.entries(submission.data ?? {}));
  return fields.some(({ name }) => isSameEmail(given.get(name), email));
}

function isSameEmail(given: unknown, email: string): boolean {
  return typeof given === 'string' && timingSafeEqual(printOf(given), printOf(email));
}

/** All equally long, and compared in one time: how long a guess takes tells nothing of how much of it is right. */
function printOf(email: string): Buffer {
  return createHash('sha256').update(email.trim().toLowerCase()).digest();
}

function check(input: FindInput): { readonly reference: Reference; readonly proof: string } {
  const reference = readReference(input.reference);
  const proof = input.proof.trim();
  const errors: Issue[] = [];
  if (!reference)
    errors.push({ field: 'reference', message: 'Enter a reference like 01A2-0775-7CDB-AB06-30DF' });
  if (proof === '') errors.push({ field: 'proof', message: 'Enter the email address or the receipt code' });
  if (!reference || errors.length > 0) {
    throw new ApiError('invalid', errors.map(({ message }) => message).join('. '), { errors });
  }
  return { reference, proof };
}
