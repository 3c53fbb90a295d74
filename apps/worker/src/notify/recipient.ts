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
  // A mailbox that consists only of a tag: keep the whole part before the @.
  const local = untagged === '' ? text.slice(0, Math.max(0, at)) : untagged;
  return WITHOUT_DOTS.has(domain) ? `${local.replaceAll('.', '')}@gmail.com` : `${local}@${domain}`;
}

/** Names a mailbox in tables and logs without its address: only a person with the secret could test an address. */
export function createRecipientHash(secret: string): (address: string) => string {
  // A separate key, because the same secret signs receipts.
  const key = new Uint8Array(hkdfSync('sha256', secret, '', 'spillway mail recipient v1', 32));
  return (address) =>
    createHmac('sha256', key).update(mailboxOf(address)).digest('base64url').slice(0, HASH_CHARS);
}
