import { sql } from 'drizzle-orm';
import { expect, it } from 'vitest';
import { waitFor } from '@spillway/devstack';
import type { Transaction } from '@spillway/queue';
import { useStories } from './story.ts';
import { freshDatabase } from './support.ts';

const { stack, begin } = useStories();

async function settingOf(tx: Transaction, name: string): Promise<string> {
  const { rows } = await tx.execute<{ value: string }>(sql`SELECT current_setting(${name}) AS value`);
  return rows[0]?.value ?? '';
}

it('commits to disk whatever the default, and leaves the handler its own settings', async () => {
  const settings = encodeURIComponent('-c synchronous_commit=off -c lock_timeout=7s');
  const story = await begin({ postgres: `${await freshDatabase(stack())}?options=${settings}` });
  const seen: Record<string, string>[] = [];
  story.work({
    batch: async (_, tx) => {
      seen.push({
        synchronous_commit: await settingOf(tx, 'synchronous_commit'),
        lock_timeout: await settingOf(tx, 'lock_timeout'),
        transaction_isolation: await settingOf(tx, 'transaction_isolation'),
      });
    },
  });
  await story.queue.enqueue({ form: 'inbox', data: {} });
  await waitFor(() => seen.length === 1);
  expect(seen).toEqual([
    {
      synchronous_commit: 'on',
      lock_timeout: '7s',
      transaction_isolation: 'read committed',
    },
  ]);
});
