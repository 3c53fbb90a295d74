import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ShadowLog } from '../../src/contract/ledger.ts';
import type { PushItem } from '../../src/contract/store.ts';
import { Shadow } from '../../src/enqueue/shadow.ts';
import { envelope } from '../support.ts';
import { simulateTime } from './scripted-store.ts';

simulateTime();

interface Group {
  readonly items: readonly PushItem[];
  readonly epoch: string | undefined;
}

/** A log that a test makes fail or wait. */
class ScriptedLog implements ShadowLog {
  readonly groups: Group[] = [];
  answer: () => Promise<void> = async () => {};

  async write(items: readonly PushItem[], epoch: string | undefined): Promise<void> {
    await this.answer();
    this.groups.push({ items: [...items], epoch });
  }

  async unfold(): Promise<number> {
    return 0;
  }

  get sizes(): number[] {
    return this.groups.map(({ items }) => items.length);
  }
}

let log: ScriptedLog;
let shadow: Shadow;

beforeEach(() => {
  log = new ScriptedLog();
  shadow = new Shadow(log);
});

afterEach(() => shadow.close().catch(() => {}));

function add(count: number, epoch = 'one', data: unknown = {}): void {
  for (let n = 0; n < count; n += 1) shadow.add({ envelope: envelope(data) }, epoch);
}

describe('the shadow', () => {
  it('writes within 50 ms, in groups of 500', async () => {
    add(1_200);
    await vi.advanceTimersByTimeAsync(50);
    expect(log.sizes).toEqual([500, 500, 200]);
    expect(shadow.stats()).toEqual({ waiting: 0, oldestMs: 0, written: 1_200, skipped: 0 });
  });

  it('begins a new group where Redis has another epoch', async () => {
    add(2, 'one');
    add(3, 'two');
    await vi.advanceTimersByTimeAsync(50);
    expect(log.groups.map(({ items, epoch }) => [epoch, items.length])).toEqual([
      ['one', 2],
      ['two', 3],
    ]);
  });

  it('adds nothing to a group that is on its way', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    log.answer = () => promise;
    add(1);
    await vi.advanceTimersByTimeAsync(30);
    add(2);
    expect(shadow.stats()).toMatchObject({ waiting: 3, oldestMs: 30 });
    resolve();
    await vi.advanceTimersByTimeAsync(50);
    expect(log.sizes).toEqual([1, 2]);
  });

  it('tries again each second while Postgres is away, and loses nothing', async () => {
    log.answer = () => Promise.reject(new Error('ECONNREFUSED'));
    add(10);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(shadow.stats()).toMatchObject({ waiting: 10, written: 0, skipped: 0 });
    expect(shadow.stats().oldestMs).toBeGreaterThanOrEqual(5_000);
    log.answer = async () => {};
    await vi.advanceTimersByTimeAsync(1_000);
    expect(shadow.stats()).toEqual({ waiting: 0, oldestMs: 0, written: 10, skipped: 0 });
  });

  it('bounds what waits, and counts what has no copy', async () => {
    log.answer = () => Promise.reject(new Error('ECONNREFUSED'));
    add(300, 'one', 'x'.repeat(300_000));
    const { waiting, skipped } = shadow.stats();
    expect([waiting + skipped, skipped > 0]).toEqual([300, true]);
    expect(waiting * 300_000).toBeLessThanOrEqual(64 * 1024 * 1024);
    log.answer = async () => {};
    await vi.advanceTimersByTimeAsync(2_000);
    expect(shadow.stats()).toMatchObject({ waiting: 0, written: waiting, skipped });
  });

  it('writes what waits when it is closed', async () => {
    add(3);
    await shadow.close();
    expect(log.sizes).toEqual([3]);
  });
});
