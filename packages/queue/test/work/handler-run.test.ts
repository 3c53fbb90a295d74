import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HandlerRuns } from '../../src/work/handler-run.ts';
import { envelope } from '../support.ts';

const LEASE_MS = 3_000;
const never = new AbortController().signal;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function prepare(timeoutMs = 60_000) {
  const runs = new HandlerRuns({ leaseMs: LEASE_MS, report: () => {} });
  const claim = { envelope: envelope(), token: 'token', attempt: 1, history: [] };
  return { runs, run: runs.prepare([claim], timeoutMs, never) };
}

describe('a handler that was given up', () => {
  it('has settled once it ends within the time that it is waited for', async () => {
    const { runs, run } = prepare();
    const lost = new AbortController();
    const { promise: handling, resolve } = Promise.withResolvers<void>();
    const call = run.call(() => handling, lost.signal).catch(() => 'given up');
    lost.abort(new Error('the connection is lost'));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await call).toBe('given up');
    expect(runs.view()).toMatchObject({ running: 1, abandoned: 1 });
    const settled = run.settled(LEASE_MS);
    await vi.advanceTimersByTimeAsync(500);
    resolve();
    expect(await settled).toBe(true);
    expect(runs.view()).toMatchObject({ running: 0, abandoned: 0 });
  });

  it('has not settled if it runs on', async () => {
    const { runs, run } = prepare(1_000);
    const call = run.call(() => new Promise(() => {})).catch((error: unknown) => String(error));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await call).toContain('did not end within 1000 ms');
    const settled = run.settled(LEASE_MS);
    await vi.advanceTimersByTimeAsync(LEASE_MS);
    expect(await settled).toBe(false);
    expect(runs.idsRunning().size).toBe(1);
  });
});
