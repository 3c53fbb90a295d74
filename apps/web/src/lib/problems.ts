import type { ProblemCode } from '@spillway/api';

interface Explanation {
  readonly title: string;
  readonly text: string;
}

const EXPLANATIONS: Record<ProblemCode, Explanation> = {
  'bad-request': {
    title: 'The request cannot be read',
    text: 'The connection broke off, or the request does not follow HTTP. Nothing was stored. Send it again.',
  },
  'not-json': {
    title: 'The body is not JSON',
    text: 'Send a JSON object in UTF-8: { "id"?, "form"?, "data" }. Nothing was stored.',
  },
  unauthorized: { title: 'Sign in first', text: 'This is for operators. Sign in at /admin.' },
  forbidden: {
    title: 'Not allowed',
    text: 'The account is not an operator’s, or the request came from another site’s page.',
  },
  'challenge-required': {
    title: 'Solve the challenge first',
    text: 'Many submissions came from your address, or a hidden field was filled in. A page solves the challenge by itself and sends again. Programs post to /api/submit, which sets no challenge. Nothing was stored.',
  },
  'not-found': {
    title: 'Not found',
    text: 'There is no such submission, or the receipt code does not belong to it. Check that the address is complete.',
  },
  'unknown-form': {
    title: 'No such form',
    text: 'Use the name of a form of this site, or leave it out: then the open inbox takes any JSON object.',
  },
  'method-not-allowed': {
    title: 'Method not allowed',
    text: 'Use one of the methods in the header Allow.',
  },
  conflict: {
    title: 'The id was used for other content',
    text: 'A submission with this id was accepted before, and its content remains. To send this one too, use a new id.',
  },
  'too-large': {
    title: 'Too large',
    text: 'The data takes more bytes, keys, list items or fields than are accepted. Nothing was stored. Send less.',
  },
  'unsupported-media-type': {
    title: 'Not sent as JSON',
    text: 'Send the header Content-Type: application/json. Nothing was stored.',
  },
  invalid: {
    title: 'There is a problem with what was sent',
    text: 'The list “errors” names each field and what to correct. Nothing was stored; the same id may be used again.',
  },
  'invalid-id': {
    title: 'The id cannot be used',
    text: 'An id is a UUIDv7, at most 24 hours ahead of our clock and not older than the retention. Generate a new one from “serverTime”, or leave it out. Nothing was stored.',
  },
  'rate-limited': {
    title: 'Too many submissions',
    text: 'Your address has sent more submissions than the limit per minute allows. Nothing was stored. Send it again, with the same id, after the time in Retry-After.',
  },
  internal: {
    title: 'Something went wrong here',
    text: 'The fault is ours. The submission may have been stored: send it again with the same id, and it counts only once.',
  },
  'not-accepted': {
    title: 'Not accepted',
    text: 'No store confirmed it. If “indeterminate” is true it may still be processed, otherwise it was certainly not stored. Either way, send it again with the same id after the time in Retry-After; it counts only once.',
  },
  'shutting-down': {
    title: 'Restarting',
    text: 'This server is about to restart. Nothing was stored. Send it again with the same id.',
  },
  'store-unavailable': {
    title: 'A store is not available',
    text: 'The view or action needs a store that does not answer or is read-only now. Submissions are not affected. Try again when it is back.',
  },
};

const byCode = new Map<string, Explanation>(Object.entries(EXPLANATIONS));

/** What an error of the API means and what to do, by its code. */
export function explanationOf(code: string): Explanation | undefined {
  return byCode.get(code);
}
