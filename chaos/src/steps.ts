import { setTimeout as pause } from 'node:timers/promises';

const LATE = Symbol();

export interface Step {
  readonly name: string;
  readonly timeoutMs: number;
  readonly run: () => Promise<unknown>;
}

/**
 * Runs the steps one after the other, each with a time limit. Resolves to the names of those that hang or fail; the
 * next step runs in any case.
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
