import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { waitFor } from '@spillway/devstack';
import { ConflictError, InvalidOptionsError, newId } from '@spillway/queue';
import type { CallersTransaction } from '@spillway/queue';
import { expectOnceEach, useStories } from '../story.ts';

const { stack, begin } = useStories();

describe('a submission in the caller’s own transaction', () => {
  it('is accepted exactly when the caller commits, and goes through Redis like any other', async () => {
    const story = await begin();
    const worker = story.work();
    await waitFor(() => worker.view().workingFrom === 'redis');
    const id = newId();
    await drizzle(story.pool).transaction(async (tx) => {
      await tx.execute(sql`CREATE TABLE orders (id uuid)`);
      await tx.execute(sql`INSERT INTO orders VALUES (${id})`);
      expect(await story.queue.enqueueIn(tx, { id, form: 'order', data: { sku: 'A1' } })).toEqual({
        id,
        duplicate: false,
      });
      expect((await story.queue.status(id)).state).toBe('missing');
    });
    await expectOnceEach(story, [id]);
    expect(worker.view().recovered).toBe(1);
  });

  it('is gone with a rollback', async () => {
    const story = await begin();
    const client = await story.pool.connect();
    await client.query('BEGIN');
    const { id } = await story.queue.enqueueIn(client, { form: 'order', data: {} });
    await client.query('ROLLBACK');
    client.release();
    expect((await story.queue.status(id)).state).toBe('missing');
  });

  it('is worked on while Redis is away', async () => {
    const story = await begin();
    story.work();
    await stack().redis.kill();
    const client = await story.pool.connect();
    await client.query('BEGIN');
    const { id } = await story.queue.enqueueIn(client, { form: 'order', data: {} });
    await client.query('COMMIT');
    client.release();
    await expectOnceEach(story, [id]);
    await stack().redis.start();
    await waitFor(() => story.queue.health().redis.state === 'up');
  });

  it('is the same submission when it comes again, and another under the same id is refused', async () => {
    const story = await begin();
    const input = { id: newId(), form: 'order', data: { sku: 'A1' } };
    await drizzle(story.pool).transaction(async (tx) => {
      await story.queue.enqueueIn(tx, input);
      expect(await story.queue.enqueueIn(tx, input)).toEqual({ id: input.id, duplicate: true });
      await expect(story.queue.enqueueIn(tx, { ...input, data: { sku: 'B2' } })).rejects.toBeInstanceOf(
        ConflictError,
      );
    });
  });

  it('is refused outside of an open transaction, and nothing is stored', async () => {
    const story = await begin();
    const client = await story.pool.connect();
    const lone = new pg.Client({ connectionString: story.pool.options.connectionString });
    await lone.connect();
    const db = drizzle(story.pool);
    const ended = await db.transaction(async (tx) => tx);
    await client.query('BEGIN');
    await client.query('COMMIT');
    const wrong = [
      [story.pool, 'a Pool'],
      [db, 'a database of Drizzle'],
      [drizzle(client), 'a database of Drizzle'],
      [client, 'not begun'],
      [lone, 'not begun'],
      [ended, 'has ended'],
      [{}, 'another package'],
      [undefined, 'undefined'],
    ] as [CallersTransaction, string][];
    const answers = await Promise.allSettled(
      wrong.map(([tx]) => story.queue.enqueueIn(tx, { form: 'order', data: {} })),
    );
    client.release();
    await lone.end();
    for (const [index, answer] of answers.entries()) {
      const reason: unknown = answer.status === 'rejected' ? answer.reason : 'it was stored';
      expect(reason).toBeInstanceOf(InvalidOptionsError);
      expect(String(reason)).toContain(wrong[index]?.[1]);
    }
    expect((await story.pool.query('SELECT FROM spillway.fallback_submissions')).rowCount).toBe(0);
  });

  it('is taken in a savepoint, and in the settling transaction of a handler', async () => {
    const story = await begin();
    await drizzle(story.pool).transaction((tx) =>
      tx.transaction((savepoint) => story.queue.enqueueIn(savepoint, { form: 'order', data: {} })),
    );
    const forms: string[] = [];
    story.work({
      batch: async (submissions, tx) => {
        for (const { form } of submissions) {
          forms.push(form);
          if (form === 'order') await story.queue.enqueueIn(tx, { form: 'receipt', data: {} });
        }
      },
    });
    await waitFor(() => forms.includes('receipt'));
  });
});
