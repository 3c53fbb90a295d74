import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const CHILD = join(import.meta.dirname, 'child.ts');

export interface CrewOptions {
  readonly role: 'accept' | 'work';
  readonly queue: string;
  readonly redisUrl: string;
  readonly postgresUrl: string;
  /** Callers of each process that accepts. */
  readonly callers: number;
  readonly windowMs: number;
}

/** Starts this many processes at the same time; resolves to the sum of their rates per second. */
export async function runCrew(size: number, options: CrewOptions): Promise<number> {
  const children = Array.from({ length: size }, () => fork(CHILD, [JSON.stringify(options)]));
  try {
    await Promise.all(children.map((child) => once(child, 'message')));
    const answers = children.map((child) => once(child, 'message'));
    for (const child of children) child.send('begin');
    const rates: unknown[][] = await Promise.all(answers);
    return rates.reduce((sum, [perSecond]) => sum + Number(perSecond), 0);
  } finally {
    const exits = children.map((child) => once(child, 'exit'));
    for (const child of children) child.disconnect();
    await Promise.all(exits);
  }
}
