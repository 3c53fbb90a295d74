import { once } from 'node:events';
import { createServer } from 'node:http';

/** Another site: `localhost`, where ours is `127.0.0.1`. */
export interface ForeignSite {
  readonly url: string;
  stop(): Promise<void>;
}

/** Serves this HTML at every address. */
export async function startForeignSite(html: string): Promise<ForeignSite> {
  const server = createServer((_, response) => response.setHeader('content-type', 'text/html').end(html));
  server.listen(0, 'localhost');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || !address) throw new Error('It does not listen on a port.');
  return {
    url: `http://localhost:${address.port}/`,
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
