import { once } from 'node:events';
import { createServer } from 'node:net';
import { Failure } from './steps.mjs';

const TRIES = 100;

/**
 * The port that the environment asks for, which must then be free, else the first free one from `usual` upwards.
 * Browsers try `localhost` as ::1 too: a port that another program uses only there would lead people to the wrong site.
 */
export async function choosePort(variable: string, usual: number, taken: readonly number[]): Promise<number> {
  const given = process.env[variable];
  if (given) {
    const port = Number(given);
    if (!Number.isInteger(port) || port < 1 || port > 65_535) {
      throw new Failure(
        `${variable}=${given} is not a port.`,
        `Set ${variable} to a number from 1 to 65535.`,
      );
    }
    if (await isFree(port)) return port;
    throw new Failure(
      `Port ${port} is taken.`,
      `Stop what listens there, or set ${variable} to another one.`,
    );
  }
  for (let port = usual; port < usual + TRIES; port++) {
    if (!taken.includes(port) && (await isFree(port))) return port;
  }
  throw new Failure(`No free port from ${usual} to ${usual + TRIES - 1}.`, `Set ${variable} to a free one.`);
}

async function isFree(port: number): Promise<boolean> {
  return (await canListen(port, '127.0.0.1')) && (await canListen(port, '::1'));
}

async function canListen(port: number, host: string): Promise<boolean> {
  const server = createServer().listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    // A machine without IPv6 has no ::1 to mislead anybody.
    return error instanceof Error && 'code' in error && error.code === 'EADDRNOTAVAIL';
  }
  server.close();
  await once(server, 'close');
  return true;
}
