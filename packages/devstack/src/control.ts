import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { type Socket, createConnection, createServer } from 'node:net';
import { relative, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { PostgresServer } from './postgres.ts';
import type { RedisServer } from './redis.ts';
import type { Stack } from './stack.ts';

const ANSWER_TIMEOUT_MS = 60_000;
const SOCKET = 'control.sock';

type Actions<Server> = Record<string, (server: Server) => Promise<void>>;

const FOR_BOTH = {
  start: (server) => server.start(),
  stop: (server) => server.stop(),
  kill: (server) => server.kill(),
  freeze: (server) => server.freeze(),
  resume: (server) => server.resume(),
  readOnly: (server) => server.setReadOnly(true),
  writable: (server) => server.setReadOnly(false),
} satisfies Actions<PostgresServer | RedisServer>;

const FOR_REDIS: Actions<RedisServer> = {
  ...FOR_BOTH,
  restartEmpty: (server) => server.restartEmpty(),
  flush: (server) => server.flush(),
  fill: (server) => server.fill(),
  unfill: (server) => server.unfill(),
};

const FOR_POSTGRES: Actions<PostgresServer> = {
  ...FOR_BOTH,
  terminateBackends: (server) => server.terminateBackends(),
};

export interface ControlRequest {
  service: string;
  action: string;
}

export type ControlAnswer = { ok: true } | { ok: false; error: string };

/** Answers JSON lines on `control.sock` in the root, for this user alone; each with one line, in order. */
export async function serveControl(root: string, stack: Stack): Promise<{ close(): Promise<void> }> {
  const path = socketPath(root);
  await rm(path, { force: true });
  const sockets = new Set<Socket>();
  // One command at a time for all callers: a start in the middle of a kill has no meaning.
  let previous: Promise<unknown> = Promise.resolve();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
    createInterface({ input: socket }).on('line', (line) => {
      const answer = previous.then(() => perform(stack, line));
      previous = answer.then((content) => socket.write(`${JSON.stringify(content)}\n`));
    });
  });
  // The socket is made within `listen`, with the rights of that moment.
  const mask = process.umask(0o177);
  server.listen(path);
  process.umask(mask);
  await once(server, 'listening');
  return {
    close: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}

/** Asks the stack that runs in this root for one action, and returns its answer. */
export async function sendControl(root: string, request: ControlRequest): Promise<ControlAnswer> {
  const socket = createConnection(socketPath(root));
  socket.setTimeout(ANSWER_TIMEOUT_MS, () =>
    socket.destroy(new Error(`No answer in ${ANSWER_TIMEOUT_MS} ms.`)),
  );
  try {
    await once(socket, 'connect');
    socket.write(`${JSON.stringify(request)}\n`);
    for await (const line of createInterface({ input: socket })) return JSON.parse(line) as ControlAnswer;
    throw new Error('The connection ended without an answer.');
  } finally {
    socket.destroy();
  }
}

/** The variable by which a program learns where it may break both stores of this root. */
export function sandboxEnv(root: string): { SPILLWAY_SANDBOX: string } {
  return { SPILLWAY_SANDBOX: resolve(root, SOCKET) };
}

async function perform(stack: Stack, line: string): Promise<ControlAnswer> {
  try {
    const { service, action } = JSON.parse(line) as Partial<ControlRequest>;
    if (service === 'redis') await act('redis', stack.redis, FOR_REDIS, action);
    else if (service === 'postgres') await act('postgres', stack.postgres, FOR_POSTGRES, action);
    else throw new Error(`No service ${service}: say redis or postgres.`);
    return { ok: true };
  } catch (error) {
    return { ok: false, error: error instanceof Error ? error.message : String(error) };
  }
}

async function act<Server>(
  service: string,
  server: Server | undefined,
  actions: Actions<Server>,
  action = '',
): Promise<void> {
  if (!Object.hasOwn(actions, action)) {
    throw new Error(`No action ${action} for ${service}: say one of ${Object.keys(actions).join(', ')}.`);
  }
  if (!server) throw new Error(`This stack did not start ${service}: it is not ours to touch.`);
  await actions[action]?.(server);
}

// Systems limit the path of a socket to about 100 bytes; the relative path is usually the shorter one.
function socketPath(root: string): string {
  const absolute = resolve(root, SOCKET);
  const fromHere = relative(process.cwd(), absolute);
  return fromHere.length < absolute.length ? fromHere : absolute;
}
