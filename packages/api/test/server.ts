import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { createTRPCClient, httpBatchLink, httpSubscriptionLink, splitLink } from '@trpc/client';
import { EventSource } from 'eventsource';
import type { Api, AppRouter } from '../src/index.ts';

/** The API behind a real HTTP server, and a real client of it. */
export interface Served {
  readonly url: string;
  client(headers?: Record<string, string>): ReturnType<typeof createTRPCClient<AppRouter>>;
  close(): Promise<void>;
}

export async function serve(api: Api): Promise<Served> {
  const server = createServer((incoming, outgoing) => {
    void answer(api, incoming, outgoing);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    client: (headers = {}) =>
      createTRPCClient<AppRouter>({
        links: [
          splitLink({
            condition: (operation) => operation.type === 'subscription',
            true: httpSubscriptionLink({ url: `${url}/api/trpc`, EventSource: eventSourceWith(headers) }),
            false: httpBatchLink({ url: `${url}/api/trpc`, headers }),
          }),
        ],
      }),
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Browsers send cookies along by themselves; here the headers are put on by hand. */
function eventSourceWith(headers: Record<string, string>): typeof EventSource {
  return class extends EventSource {
    constructor(url: string | URL, init?: ConstructorParameters<typeof EventSource>[1]) {
      super(url, {
        ...init,
        fetch: (target, options) =>
          fetch(target, { ...options, headers: { ...options.headers, ...headers } }),
      });
    }
  };
}

async function answer(api: Api, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const gone = new AbortController();
  outgoing.on('close', () => gone.abort());
  const url = new URL(incoming.url ?? '/', `http://${incoming.headers.host}`);
  const hasBody = incoming.method !== 'GET' && incoming.method !== 'HEAD';
  const init: RequestInit & { duplex: 'half' } = {
    method: incoming.method ?? 'GET',
    headers: Object.entries(incoming.headers).map(([name, value]): [string, string] => [name, String(value)]),
    body: hasBody ? Readable.toWeb(incoming) : null,
    signal: gone.signal,
    duplex: 'half',
  };
  const request = new Request(url, init);
  const peer = { address: incoming.socket.remoteAddress };
  const response = url.pathname.startsWith('/api/trpc')
    ? await api.handleTrpc(request, peer)
    : await api.handleSubmit(request, peer);
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  if (!response.body) return void outgoing.end();
  const body = Readable.fromWeb(response.body);
  outgoing.on('close', () => body.destroy());
  body.on('error', () => outgoing.destroy());
  body.pipe(outgoing);
}
