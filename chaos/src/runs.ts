import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { monotonicMs } from './clock.ts';

/** One call of a handler. */
export interface Run {
  readonly worker: string;
  readonly startedMs: number;
  /** Missing: it did not end, or its process ended first. */
  readonly endedMs?: number;
  readonly submissions: readonly Submission[];
}

interface Submission {
  /** The ledger's id. */
  readonly id: string;
  readonly attempt: number;
}

interface Begin {
  readonly begin: number;
  readonly atMs: number;
  readonly submissions: readonly Submission[];
}

interface End {
  readonly end: number;
  readonly atMs: number;
}

/** What one worker's handler was called with, a line for each beginning and end, so that a killed one has left its own. */
export class RunWriter {
  readonly #file: number;
  #count = 0;

  constructor(path: string) {
    this.#file = openSync(path, 'a');
  }

  async note(submissions: readonly Submission[], run: () => Promise<void>): Promise<void> {
    const begin = this.#count;
    this.#count += 1;
    this.#write({ begin, atMs: monotonicMs(), submissions });
    try {
      await run();
    } finally {
      this.#write({ end: begin, atMs: monotonicMs() });
    }
  }

  #write(line: Begin | End): void {
    writeSync(this.#file, `${JSON.stringify(line)}\n`);
  }
}

/** All calls that this worker's file tells of. */
export function readRuns(path: string, worker: string): Run[] {
  // A worker that has not begun yet has no file.
  closeSync(openSync(path, 'a'));
  const runs: Run[] = [];
  // The last line may still be incomplete.
  for (const text of readFileSync(path, 'utf8').split('\n').slice(0, -1)) {
    const line: Begin | End = JSON.parse(text);
    if ('begin' in line) {
      runs[line.begin] = { worker, startedMs: line.atMs, submissions: line.submissions };
    } else {
      const run = runs[line.end];
      if (run) runs[line.end] = { ...run, endedMs: line.atMs };
    }
  }
  return runs;
}

/** How often handlers were called with a submission. */
export interface Tries {
  readonly runs: number;
  readonly attempts: number;
}

export function triesOf(runs: readonly Run[]): Map<string, Tries> {
  const tries = new Map<string, Tries>();
  for (const { submissions } of runs) {
    for (const { id, attempt } of submissions) {
      const before = tries.get(id) ?? { runs: 0, attempts: 0 };
      tries.set(id, { runs: before.runs + 1, attempts: Math.max(before.attempts, attempt) });
    }
  }
  return tries;
}
