import { readFile, stat } from 'node:fs/promises';
import { relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const WAIT_MS = 5_000;
const POLL_MS = 100;

interface Operator {
  email: string;
  password: string;
}

/**
 * How to sign in, as the web tier noted it when it made the first operator; undefined when there is no such note. It
 * is made shortly after the web tier is ready, so that without one we have to wait and see.
 */
export async function describeOperator(file: string, startedAt: Date): Promise<string | undefined> {
  const deadline = performance.now() + WAIT_MS;
  for (;;) {
    const written = await stat(file).catch(() => undefined);
    const operator = written && parse(await readFile(file, 'utf8'));
    if (written && operator) {
      if (written.mtime < startedAt) return `made at the first start: ${relative(process.cwd(), file)}`;
      return `${operator.email}   password ${operator.password}   (it can be changed under Account)`;
    }
    if (performance.now() >= deadline) return undefined;
    await sleep(POLL_MS);
  }
}

function parse(text: string): Operator | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const known = typeof value === 'object' && value !== null && 'email' in value && 'password' in value;
    return known ? { email: String(value.email), password: String(value.password) } : undefined;
  } catch {
    // Read in the middle of being written.
    return undefined;
  }
}
