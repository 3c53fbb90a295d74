import { request as requestHttp } from 'node:http';
import type { IncomingMessage, RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import { once } from 'node:events';
import { Webhook } from 'standardwebhooks';
import { checkHost, publicLookup } from './public-address.ts';
import type { WebhookSettings } from './settings.ts';

const ANSWER_MS = 15_000;

/** A message after the Standard Webhooks specification. */
export interface WebhookMessage {
  readonly type: string;
  /** When it happened. */
  readonly timestamp: Date;
  readonly data: object;
}

/**
 * Posts a signed message; rejects unless it is answered with 2xx. `id` stays the same at each attempt, so that the
 * receiver can recognise a repeat. Redirects are not followed, because their address would not be checked.
 */
export async function postWebhook(
  { url, secret, allowPrivateNetwork }: WebhookSettings,
  id: string,
  message: WebhookMessage,
  signal: AbortSignal,
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
  const { statusCode = 0 } = response;
  if (statusCode < 200 || statusCode > 299) throw new Error(`${target.host} answered ${statusCode}`);
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
