import { drizzle } from 'drizzle-orm/node-postgres';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { waitFor } from '@spillway/devstack';
import { createQueue, createWorker, InvalidSubmissionError, newId } from '@spillway/queue';
import type { Queue } from '@spillway/queue';
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
    await using typed = closing(over(story.queue));
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
    await using typed = closing(createQueue({ name, postgres, schemas }));
    const refused = typed.enqueue({ form: 'meeting', data: { at: new Date() } });
    await expect(refused).rejects.toMatchObject({ fields: [{ field: 'at' }] });
  });

  it('hands typed data to its handlers, as the schema makes it', async () => {
    const story = await begin();
    await using typed = closing(over(story.queue));
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
      await using typed = closing(over(story.queue));
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

function closing<Closed extends Queue>(queue: Closed): Closed & AsyncDisposable {
  return Object.assign(queue, { [Symbol.asyncDispose]: () => queue.close() });
}
