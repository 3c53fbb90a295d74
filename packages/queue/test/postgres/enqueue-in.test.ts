import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { describe, expect, it } from 'vitest';
import { waitFor } from '@spillway/devstack';
import { ConflictError, newId } from '@spillway/queue';
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
    const tx = drizzle(story.pool);
    const input = { id: newId(), form: 'order', data: { sku: 'A1' } };
    await story.queue.enqueueIn(tx, input);
    expect(await story.queue.enqueueIn(tx, input)).toEqual({ id: input.id, duplicate: true });
    await expect(story.queue.enqueueIn(tx, { ...input, data: { sku: 'B2' } })).rejects.toBeInstanceOf(
      ConflictError,
    );
  });
});
