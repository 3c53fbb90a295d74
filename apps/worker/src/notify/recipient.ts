import { createHmac, hkdfSync } from 'node:crypto';
import { domainToASCII } from 'node:url';

const HASH_CHARS = 22;
/** One mailbox has many addresses there: dots are ignored. */
const WITHOUT_DOTS = new Set(['gmail.com', 'googlemail.com']);

/** An address as its mailbox is counted: without case, without a tag after `+`, with the domain in its one spelling. */
export function mailboxOf(address: string): string {
  const text = address.normalize('NFKC').trim().toLowerCase();
  const at = text.lastIndexOf('@');
  const written = text.slice(at + 1).replace(/\.$/, '');
  const domain = domainToASCII(written) || written;
  const [untagged = ''] = text.slice(0, Math.max(0, at)).split('+', 1);
  // A mailbox of nothing but a tag: what stands before the @ is all that there is.
  const local = untagged === '' ? text.slice(0, Math.max(0, at)) : untagged;
  return WITHOUT_DOTS.has(domain) ? `${local.replaceAll('.', '')}@gmail.com` : `${local}@${domain}`;
}

/** Names a mailbox in tables and logs without telling its address: only who has the secret could try one. */
export function createRecipientHash(secret: string): (address: string) => string {
  // A key of its own: the same secret signs receipts.
  const key = new Uint8Array(hkdfSync('sha256', secret, '', 'spillway mail recipient v1', 32));
  return (address) =>
    createHmac('sha256', key).update(mailboxOf(address)).digest('base64url').slice(0, HASH_CHARS);
}
