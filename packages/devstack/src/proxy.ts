import { once } from 'node:events';
import { type Server, type Socket, createConnection, createServer } from 'node:net';
import { freePort } from './port.ts';
import { type Faults, Lane, breakOff } from './proxy-lane.ts';

const HOST = '127.0.0.1';
const NO_FAULTS: Faults = { delayMs: 0, hold: false, dropReplies: false, resetOnReply: false };

export interface ProxyTarget {
  /** Default 127.0.0.1. */
  host?: string;
  port: number;
}

/** A TCP proxy that is a bad network on demand. Faults add up until `heal`. */
export interface FaultProxy {
  readonly host: typeof HOST;
  readonly port: number;
  /** How many connections it holds. */
  readonly connections: number;
  /** The same URL, but through the proxy. */
  url(original: string): string;
  /** Holds every chunk back for this long, in both directions, in order. 0 switches it off. */
  delay(ms: number): void;
  /** Passes nothing, not even the end of a connection; takes new ones. What was held arrives at `heal`. */
  blackhole(): void;
  /** Passes requests and swallows replies. */
  dropReplies(): void;
  /** Closes all connections (FIN) and refuses new ones; what was held is lost. */
  cut(): void;
  /** Breaks all connections (RST), what was held is lost; new ones are served. */
  reset(): void;
  /** Delivers half of the next chunk of a reply, then breaks its connection (RST). Once. */
  resetOnReply(): void;
  /** Passes everything again, at first what was held. */
  heal(): void;
  /** Ends the proxy and all its connections. */
  close(): Promise<void>;
}

/** Starts a proxy on 127.0.0.1 in front of the target, which need not be there yet. */
export async function startProxy(target: ProxyTarget, options: { port?: number } = {}): Promise<FaultProxy> {
  const port = options.port ?? (await freePort());
  const faults = { ...NO_FAULTS };
  const links = new Set<Link>();
  const listen = () => createServer({ allowHalfOpen: true, noDelay: true }, accept).listen(port, HOST);
  const accept = (client: Socket) => {
    const link = openLink(client, target, faults);
    links.add(link);
    void link.closed.then(() => links.delete(link));
  };
  let listener: Server | undefined = listen();
  await once(listener, 'listening');

  const closeAll = () => {
    listener?.close();
    listener = undefined;
    for (const link of links) link.close();
  };
  return {
    host: HOST,
    port,
    get connections() {
      return links.size;
    },
    url: (original) => Object.assign(new URL(original), { hostname: HOST, port: String(port) }).href,
    delay: (ms) => {
      faults.delayMs = ms;
    },
    blackhole: () => {
      faults.hold = true;
    },
    dropReplies: () => {
      faults.dropReplies = true;
    },
    resetOnReply: () => {
      faults.resetOnReply = true;
    },
    reset: () => {
      for (const link of links) link.reset();
    },
    cut: closeAll,
    heal: () => {
      Object.assign(faults, NO_FAULTS);
      listener ??= listen();
      for (const link of links) link.flush();
    },
    close: async () => {
      closeAll();
      await Promise.all([...links].map((link) => link.closed));
    },
  };
}

/** One client's connection and its counterpart to the target. */
interface Link {
  /** Settles once both sides are gone. */
  closed: Promise<unknown>;
  flush(): void;
  close(): void;
  reset(): void;
}

function openLink(client: Socket, { host = HOST, port }: ProxyTarget, faults: Faults): Link {
  const upstream = createConnection({ host, port, allowHalfOpen: true, noDelay: true });
  const sockets = [client, upstream];
  const lanes = [new Lane(client, upstream, faults, false), new Lane(upstream, client, faults, true)];
  const closeLanes = () => lanes.forEach((lane) => lane.close());
  return {
    closed: Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('close', resolve)))),
    flush: () => lanes.forEach((lane) => lane.flush()),
    close: () => {
      closeLanes();
      for (const socket of sockets) socket.destroy();
    },
    reset: () => {
      closeLanes();
      for (const socket of sockets) breakOff(socket);
    },
  };
}
