import { once } from 'node:events';
import { createConnection } from 'node:net';
import { relative } from 'node:path';
import { createInterface } from 'node:readline';
import type { SandboxAction } from '@spillway/api';
import { z } from 'zod';

/** A start may have to wait for Postgres to recover. */
const ANSWER_TIMEOUT_MS = 60_000;

const answer = z.union([
  z.object({ ok: z.literal(true) }),
  z.object({ ok: z.literal(false), error: z.string() }),
]);

/**
 * Acts on the stores of the local devstack, through its control socket: one JSON line there, and one back. Spoken here
 * and not imported: what starts and kills servers has no business in what is deployed.
 */
export function actOnDevstack(path: string): (action: SandboxAction) => Promise<void> {
  return async ({ store, action }) => {
    const line = await ask(path, JSON.stringify({ service: store, action }));
    const result = answer.parse(JSON.parse(line));
    if (!result.ok) throw new Error(result.error);
  };
}

async function ask(path: string, question: string): Promise<string> {
  // Systems limit the path of a socket to about 100 bytes; from where we stand it is usually the shorter one.
  const fromHere = relative(process.cwd(), path);
  const socket = createConnection(fromHere.length < path.length ? fromHere : path);
  socket.setTimeout(ANSWER_TIMEOUT_MS, () => socket.destroy(new Error('The devstack does not answer.')));
  try {
    await once(socket, 'connect');
    socket.write(`${question}\n`);
    for await (const line of createInterface({ input: socket })) return line;
    throw new Error('The devstack ended the connection without an answer.');
  } finally {
    socket.destroy();
  }
}
