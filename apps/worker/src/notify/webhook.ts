import { request as requestHttp } from 'node:http';
import type { IncomingMessage, RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import { once } from 'node:events';
import { PermanentError, RetryAfterError } from '@spillway/queue';
import type { ExternalContext } from '@spillway/queue';
import { Webhook } from 'standardwebhooks';
import { MessageRefusedError } from './destination.ts';
import { checkHost, publicLookup } from './public-address.ts';
import type { WebhookSettings } from './settings.ts';

const SECOND_MS = 1000;
const ANSWER_MS = 15 * SECOND_MS;
/** The receiver says that it wants no more calls. */
const GONE = 410;
/** Answers of the 4xx that time may heal: a time-out, a conflict, a lock, too early, too many. */
const PASSING = new Set([408, 409, 423, 425, 429]);
/** The others blame the call, which stays the same. Some are tried again, since receivers answer 404 while they are deployed. */
const FEW_ATTEMPTS = 3;

/** A message after the Standard Webhooks specification. */
export interface WebhookMessage {
  readonly type: string;
  /** When it happened. */
  readonly timestamp: Date;
  readonly data: object;
}

/**
 * Posts a signed message; rejects unless it is answered with 2xx: with `RetryAfterError` where the answer says when to call again, with
 * `PermanentError` where no later call will succeed. `id` stays the same at each attempt: by it the receiver can tell a repeat.
 * Redirects are not followed: they would lead past the check of the address.
 */
export async function postWebhook(
  { url, secret, allowPrivateNetwork }: WebhookSettings,
  message: WebhookMessage,
  { idempotencyKey: id, attempt, signal }: ExternalContext,
): Promise<void> {
  const target = new URL(url);
  if (!allowPrivateNetwork) checkHost(target.hostname);
  const body = JSON.stringify(message);
  const now = new Date();
  const response = await post(target, body, {
    headers: {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'user-agent': 'Spillway',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
      'webhook-signature': new Webhook(secret).sign(id, now, body),
    },
    signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]),
    ...(!allowPrivateNetwork && { lookup: publicLookup }),
  });
  // The rest of the answer is not needed, and may be long.
  response.destroy();
  const { statusCode = 0, headers } = response;
  if (statusCode < 200 || statusCode > 299)
    throw refusal(`${target.host} answered ${statusCode}`, statusCode, headers['retry-after'], attempt);
}

/** What to do about an answer that is not 2xx. */
function refusal(message: string, status: number, retryAfter: string | undefined, attempt: number): Error {
  if (status === GONE) return new PermanentError(message);
  if (status >= 400 && status < 500 && !PASSING.has(status))
    return attempt >= FEW_ATTEMPTS ? new PermanentError(message) : new MessageRefusedError(message);
  const at = retryAfter === undefined ? undefined : readRetryAfter(retryAfter);
  return at === undefined ? new Error(message) : new RetryAfterError(at, message);
}

/** Seconds or a date (RFC 9110, 10.2.3). `undefined`: neither, or no time to come. */
function readRetryAfter(text: string): Date | undefined {
  const atMs = /^\d{1,9}$/.test(text) ? Date.now() + Number(text) * SECOND_MS : Date.parse(text);
  return atMs > Date.now() ? new Date(atMs) : undefined;
}

async function post(target: URL, body: string, options: RequestOptions): Promise<IncomingMessage> {
  const send = target.protocol === 'https:' ? requestHttps : requestHttp;
  const request = send(target, { ...options, method: 'POST', agent: false });
  request.end(body);
  const [response]: IncomingMessage[] = await once(request, 'response');
  if (!response) throw new Error(`${target.host} did not answer`);
  // A later error concerns the body of the answer, which is not read.
  request.on('error', () => {});
  return response;
}
