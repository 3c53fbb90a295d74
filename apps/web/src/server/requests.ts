import { subscribe } from 'node:diagnostics_channel';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { HANDOFF_HEADER } from '#lib/handoff.ts';

const MAPPED_IPV4 = /^::ffff:(?=\d+\.)/i;

interface RequestOptions {
  /** One proxy stands before us and appends the address that it saw. Everything before that is a client's claim. */
  readonly trustProxy: boolean;
  /** Aborts when the process is to end. */
  readonly stopping: AbortSignal;
}

/** Has a hand in each HTTP request before Next sees it, and after it was answered. */
export function watchRequests({ trustProxy, stopping }: RequestOptions): void {
  // Both are published by node:http synchronously; the first one before the server's own listeners run.
  subscribe('http.server.request.start', (message) => {
    const request = partOf(message, 'request');
    if (request instanceof IncomingMessage) setAddress(request, trustProxy);
  });
  subscribe('http.server.response.finish', (message) => {
    const socket = partOf(message, 'socket');
    // A browser would reopen its stream on the kept connection, and the server would never have closed.
    if (stopping.aborted && socket instanceof Socket) socket.destroySoon();
  });
}

/**
 * Writes the client's true address into `x-forwarded-for`. Next believes whatever a client sent there, and a
 * rate limit by a self-chosen address is none.
 */
function setAddress(request: IncomingMessage, trustProxy: boolean): void {
  const { headers } = request;
  const appended = trustProxy ? lastOf(headers['x-forwarded-for']) : undefined;
  const address = appended ?? request.socket.remoteAddress?.replace(MAPPED_IPV4, '');
  if (address === undefined) delete headers['x-forwarded-for'];
  else headers['x-forwarded-for'] = address;
  // Ours alone, and what only a proxy may say.
  delete headers[HANDOFF_HEADER];
  if (trustProxy) return;
  delete headers['x-forwarded-host'];
  delete headers['x-forwarded-proto'];
  delete headers['x-forwarded-port'];
  delete headers['forwarded'];
}

function lastOf(header: string | string[] | undefined): string | undefined {
  const list = Array.isArray(header) ? header.join(',') : header;
  return list?.split(',').at(-1)?.trim() || undefined;
}

function partOf(message: unknown, name: string): unknown {
  return typeof message === 'object' && message !== null ? Reflect.get(message, name) : undefined;
}
