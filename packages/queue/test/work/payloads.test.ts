import { drizzle } from 'drizzle-orm/node-postgres';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { waitFor } from '@spillway/devstack';
import { createQueue, createWorker, InvalidSubmissionError, newId } from '@spillway/queue';
import type { Queue } from '@spillway/queue';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { z } from 'zod';
import { useStories } from '../story.ts';

const { begin } = useStories();

const SCHEMAS = {
  order: z.object({ sku: z.string().min(2), count: z.coerce.number<number>().default(1) }),
  note: z.object({ text: z.string() }),
};

/** A queue with schemas over the stores of a story, which has none. */
function over(queue: Queue) {
  const { name, redis, postgres } = queue.options;
  return createQueue({ name, postgres, ...(redis !== undefined && { redis }), schemas: SCHEMAS });
}

describe('a queue with schemas', () => {
  it('refuses what does not fit with its fields, and forms that it does not know, and stores nothing', async () => {
    const story = await begin();
    await using typed = over(story.queue);
    const id = newId();
    const wrong = JSON.parse('{"sku":"A","count":"many"}');
    const refused = await typed.enqueue({ id, form: 'order', data: wrong }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(InvalidSubmissionError);
    expect(refused).toMatchObject({
      code: 'INVALID_SUBMISSION',
      reason: 'schema',
      fields: [{ field: 'sku' }, { field: 'count' }],
      message: expect.stringContaining('"order": sku: '),
    });
    await drizzle(story.pool).transaction((tx) =>
      expect(typed.enqueueIn(tx, { id, form: 'order', data: wrong })).rejects.toThrow('sku'),
    );
    const form = 'constructor' as 'order';
    await expect(typed.enqueue({ id, form, data: { sku: 'A1' } })).rejects.toMatchObject({ reason: 'form' });
    expect((await story.queue.status(id)).state).toBe('missing');
  });

  it('checks what travels: a schema that no JSON can satisfy is found out at once', async () => {
    const story = await begin();
    const schemas = { meeting: z.object({ at: z.date() }) };
    const { name, postgres } = story.queue.options;
    await using typed = createQueue({ name, postgres, schemas });
    const refused = typed.enqueue({ form: 'meeting', data: { at: new Date() } });
    await expect(refused).rejects.toMatchObject({ fields: [{ field: 'at' }] });
  });

  it('hands typed data to its handlers, as the schema makes it', async () => {
    const story = await begin();
    await using typed = over(story.queue);
    const seen: unknown[] = [];
    const worker = createWorker(typed, {
      batch: async (submissions) => {
        for (const { form, data } of submissions) {
          if (form === 'order') expectTypeOf(data).toEqualTypeOf<{ sku: string; count: number }>();
          else expectTypeOf(data).toEqualTypeOf<{ text: string }>();
          seen.push(data);
        }
      },
    });
    worker.start();
    await typed.enqueue({ form: 'order', data: { sku: 'A1' } });
    await waitFor(() => seen.length > 0);
    await worker.stop();
    expect(seen).toEqual([{ sku: 'A1', count: 1 }]);
    // @ts-expect-error -- a form that has no schema does not compile.
    await expect(typed.enqueue({ form: 'orders', data: {} })).rejects.toThrow('orders');
    // @ts-expect-error -- nor does data that does not fit.
    await expect(typed.enqueue({ form: 'note', data: { text: 1 } })).rejects.toThrow('text');
  });

  it.each(['batch', 'external'] as const)(
    'fails the attempt of a payload that no longer fits, in words, and not its neighbours (%s)',
    async (kind) => {
      const story = await begin();
      const bad = await story.queue.enqueue({ form: 'order', data: { sku: 7 } });
      const unknown = await story.queue.enqueue({ form: 'elsewhere', data: {} });
      const good = await story.queue.enqueue({ form: 'order', data: { sku: 'A1' } });
      await using typed = over(story.queue);
      const seen: string[] = [];
      const handler =
        kind === 'batch'
          ? { batch: async (all: readonly { id: string }[]) => void seen.push(...all.map(({ id }) => id)) }
          : { external: async ({ id }: { id: string }) => void seen.push(id) };
      const worker = createWorker(typed, handler, {
        maxAttempts: 2,
        backoffMs: { base: 1, max: 2 },
        pollMs: 20,
      });
      worker.start();
      for (const { id } of [bad, unknown])
        await waitFor(async () => (await story.queue.status(id)).state === 'failed');
      await waitFor(async () => (await story.queue.status(good.id)).state === 'processed');
      await worker.stop();
      expect(seen).toEqual([good.id]);
      const dead = await story.queue.inspect.find(bad.id);
      expect(dead).toMatchObject({ attempts: 2, payload: '{"sku":7}' });
      expect(dead?.error).toMatch(
        /^InvalidSubmissionError: The data does not fit the schema of the form "order": sku: /,
      );
      expect((await story.queue.inspect.find(unknown.id))?.error).toContain(
        'no schema for the form "elsewhere"',
      );
    },
  );
});

describe('a schema that never ends', () => {
  const hanging: StandardSchemaV1 = {
    '~standard': { version: 1, vendor: 'test', validate: () => new Promise(() => {}) },
  };

  it('refuses the submission by the deadline, as certainly not stored', async () => {
    const story = await begin();
    const { name, postgres } = story.queue.options;
    await using queue = createQueue({ name, postgres, schemas: { inbox: hanging }, deadlineMs: 400 });
    const id = newId();
    const startedMs = performance.now();
    const tx = await story.pool.connect();
    await tx.query('BEGIN');
    for (const enqueue of [
      () => queue.enqueue({ id, form: 'inbox', data: {} }),
      () => queue.enqueueIn(tx, { id, form: 'inbox', data: {} }),
    ]) {
      await expect(enqueue()).rejects.toMatchObject({
        code: 'NOT_ACCEPTED',
        indeterminate: false,
        cause: { message: 'The schema of the form "inbox" did not end within 400 ms' },
      });
    }
    await tx.query('ROLLBACK');
    tx.release();
    expect(performance.now() - startedMs).toBeLessThan(2_000);
    expect((await story.queue.status(id)).state).toBe('missing');
  });

  it.each(['batch', 'external'] as const)(
    'fails the attempt after the time of the handler, and holds up no neighbour (%s)',
    async (kind) => {
      const story = await begin();
      const bad = await story.queue.enqueue({ form: 'inbox', data: {} });
      const good = await story.queue.enqueue({ form: 'note', data: { text: 'fine' } });
      const { name, redis, postgres } = story.queue.options;
      const schemas = { inbox: hanging, note: SCHEMAS.note };
      await using queue = createQueue({ name, postgres, ...(redis !== undefined && { redis }), schemas });
      const handler = kind === 'batch' ? { batch: async () => {} } : { external: async () => {} };
      const worker = createWorker(queue, handler, { timeoutMs: 200, maxAttempts: 1, pollMs: 20 });
      worker.start();
      await waitFor(async () => (await story.queue.status(bad.id)).state === 'failed');
      await waitFor(async () => (await story.queue.status(good.id)).state === 'processed');
      expect(await story.queue.inspect.find(bad.id)).toMatchObject({
        attempts: 1,
        error: 'TimeLimitError: The schema did not end within 200 ms (timeoutMs).',
      });
    },
  );
});
