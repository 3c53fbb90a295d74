import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { weaknessOf } from './secret.ts';

/** 22 characters of base64url are 132 bits: not to be guessed, and short enough to be read out. */
const CODE_CHARS = 22;

/** Makes and checks the codes that open a submission's status. */
export interface Receipts {
  /** The code of an id. It is always the same, so that a retry gets the receipt whose first answer was lost. */
  codeFor(id: string): string;
  matches(id: string, code: string): boolean;
}

/** Throws when the secret cannot be one. Another secret makes every receipt given out before void. */
export function createReceipts(secret: string): Receipts {
  const weakness = weaknessOf(secret);
  if (weakness !== undefined) {
    throw new Error(`The secret ${weakness}. Make one and keep it: openssl rand -base64 32`);
  }
  // A key of its own: the same secret may sign other things elsewhere.
  const key = new Uint8Array(hkdfSync('sha256', secret, '', 'spillway receipt v1', 32));
  const codeFor = (id: string) =>
    createHmac('sha256', key).update(id.toLowerCase()).digest('base64url').slice(0, CODE_CHARS);
  return {
    codeFor,
    matches(id, code) {
      const given = Buffer.from(code);
      const right = Buffer.from(codeFor(id));
      return given.length === right.length && timingSafeEqual(given, right);
    },
  };
}

/** Path and query of a receipt's page. They show the state to anyone who has them, so treat them like a key. */
export function receiptPath(id: string, code: string): string {
  return `/s/${id}?receipt=${code}`;
}
