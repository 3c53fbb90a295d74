import { setTimeout as pause } from 'node:timers/promises';

const LATE = Symbol();

export interface Step {
  readonly name: string;
  readonly timeoutMs: number;
  readonly run: () => Promise<unknown>;
}

/**
 * Runs one after the other, each within its time: one that hangs or fails is named in what this resolves with, and the
 * next one follows all the same.
 */
export async function runSteps(steps: readonly Step[]): Promise<string[]> {
  const complaints: string[] = [];
  for (const { name, timeoutMs, run } of steps) {
    const cancel = new AbortController();
    // Its timer also keeps the process there: what hangs may hold nothing that would.
    const late = pause(timeoutMs, LATE, { signal: cancel.signal });
    try {
      const result = await Promise.race([run(), late]);
      if (result === LATE) complaints.push(`${name} took longer than ${timeoutMs} ms`);
    } catch (error) {
      complaints.push(`${name} failed: ${String(error)}`);
    } finally {
      cancel.abort();
    }
  }
  return complaints;
}
