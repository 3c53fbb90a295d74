import { describe, expect, it } from 'vitest';
import { runSteps } from '../src/steps.ts';

describe('steps', () => {
  it('that hang or fail are named, and the next ones still run', async () => {
    const made: string[] = [];
    const step = (name: string, run: () => Promise<unknown>) => ({
      name,
      timeoutMs: 50,
      run: () => {
        made.push(name);
        return run();
      },
    });
    const complaints = await runSteps([
      step('closing', async () => {}),
      step('waiting', () => new Promise(() => {})),
      step('removing', () => Promise.reject(new Error('not empty'))),
      step('leaving', async () => {}),
    ]);
    expect(made).toEqual(['closing', 'waiting', 'removing', 'leaving']);
    expect(complaints).toEqual(['waiting took longer than 50 ms', 'removing failed: Error: not empty']);
  });
});
