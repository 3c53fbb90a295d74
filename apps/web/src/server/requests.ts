import { subscribe } from 'node:diagnostics_channel';
import { EventEmitter, once } from 'node:events';
import { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { HANDOFF_HEADER, STATUS_HEADER } from '#lib/handoff.ts';
import { makeAnswerable } from './answerable.ts';
import { cutSlowSenders } from './slow-senders.ts';

/** Where Next rendered from: tells the address we listen on, and is nobody's business. */
const REWRITE_HEADER = 'x-middleware-rewrite';
const MAPPED_IPV4 = /^::ffff:(?=\d{1,3}\.)/i;
const YEAR_S = 365 * 24 * 60 * 60;

interface RequestOptions {
  /** One proxy stands before us and appends the address that it saw. Everything before that is a client's claim. */
  readonly trustProxy: boolean;
  /** Browsers are to come by TLS only, from their second visit on. */
  readonly httpsOnly: boolean;
  /** Whether anything here speaks another protocol than HTTP/1.1, as hot reload does. */
  readonly upgrades: boolean;
  /** Aborts when the process is to end. */
  readonly stopping: AbortSignal;
}

/**
 * Has a hand in each HTTP request before Next sees it, and after it was answered. Gives what resolves once none is under
 * way: what a person has begun to send is accepted, also by a process that is to end.
 */
export function watchRequests(options: RequestOptions): () => Promise<void> {
  const { trustProxy, httpsOnly, upgrades, stopping } = options;
  let underWay = 0;
  const ended = new EventEmitter();
  // All are published synchronously: this one before anything is read, the next one before the server's own listeners run.
  subscribe('net.server.socket', (message) => {
    const server = partOf(partOf(message, 'socket'), 'server');
    if (!(server instanceof Server)) return;
    cutSlowSenders(server);
    // An offer of another protocol may be declined, and Node does where nobody listens. Next listens, and says nothing.
    if (!upgrades) server.removeAllListeners('upgrade');
  });
  subscribe('http.server.request.start', (message) => {
    const request = partOf(message, 'request');
    if (request instanceof IncomingMessage) {
      setAddress(request, trustProxy);
      makeAnswerable(request);
    }
    const response = partOf(message, 'response');
    if (!(response instanceof ServerResponse)) return;
    if (httpsOnly) response.setHeader('strict-transport-security', `max-age=${YEAR_S}`);
    finishHead(response);
    // Rendering a missing page listens to it more often than the default allows for, and each would be warned of.
    response.setMaxListeners(0);
    underWay += 1;
    response.once('close', () => {
      underWay -= 1;
      if (underWay === 0) ended.emit('all');
    });
  });
  subscribe('http.server.response.finish', (message) => {
    const socket = partOf(message, 'socket');
    // A browser would reopen its stream on the kept connection, and the server would never have closed.
    if (stopping.aborted && socket instanceof Socket) socket.destroySoon();
  });
  return async () => {
    if (underWay > 0) await once(ended, 'all');
  };
}

/**
 * Writes the client's true address into `x-forwarded-for`. Next believes whatever a client sent there, and a
 * rate limit by a self-chosen address is none.
 */
function setAddress(request: IncomingMessage, trustProxy: boolean): void {
  const { headers } = request;
  const appended = trustProxy ? withoutPort(lastOf(headers['x-forwarded-for'])) : undefined;
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

/** The last hand on a response's status and headers, just before they are sent. */
function finishHead(response: ServerResponse): void {
  const writeHead = response.writeHead.bind(response);
  response.writeHead = (statusCode: number, ...rest: unknown[]) => {
    const status = Number(response.getHeader(STATUS_HEADER) ?? statusCode);
    for (const name of [STATUS_HEADER, REWRITE_HEADER]) response.removeHeader(name);
    // A reason phrase would be the other status' one; Next gives none.
    return Reflect.apply(writeHead, response, [status, ...rest]);
  };
}

function lastOf(header: string | string[] | undefined): string | undefined {
  const list = Array.isArray(header) ? header.join(',') : header;
  return list?.split(',').at(-1)?.trim() || undefined;
}

/** Some proxies append `address:port`; each connection would be an address of its own. */
function withoutPort(address: string | undefined): string | undefined {
  if (address === undefined) return undefined;
  const [, ipv6] = /^\[(.+)\](?::\d+)?$/.exec(address) ?? [];
  return ipv6 ?? address.replace(/^([^:]+):\d+$/, '$1');
}

function partOf(message: unknown, name: string): unknown {
  return typeof message === 'object' && message !== null ? Reflect.get(message, name) : undefined;
}
