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
  const crew = Array.from({ length: size }, () => fork(CHILD, [JSON.stringify(options)]));
  try {
    await Promise.all(crew.map((child) => once(child, 'message')));
    const answers = crew.map((child) => once(child, 'message'));
    for (const child of crew) child.send('begin');
    const rates: unknown[][] = await Promise.all(answers);
    return rates.reduce((sum, [perSecond]) => sum + Number(perSecond), 0);
  } finally {
    const exits = crew.map((child) => once(child, 'exit'));
    for (const child of crew) child.disconnect();
    await Promise.all(exits);
  }
}
