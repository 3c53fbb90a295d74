import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '@spillway/devstack';
import { newId } from '@spillway/queue';
import { useStories } from '../story.ts';
import { freshDatabase, openPool } from '../support.ts';

/* Applications change how pg reads types: dates as text, big integers as BigInt, and what else they like. */

const OIDS = Object.values(pg.types.builtins).filter((oid) => typeof oid === 'number');
const oddly = (text: unknown) => ({ odd: text });

const { stack, begin } = useStories();
const parsers = OIDS.map((oid) => [oid, pg.types.getTypeParser(oid, 'text')] as const);

beforeAll(() => {
  for (const oid of OIDS) pg.types.setTypeParser(oid, 'text', oddly);
});
afterAll(() => {
  for (const [oid, parser] of parsers) pg.types.setTypeParser(oid, 'text', parser);
});

describe('the parsers of this file', () => {
  it('are odd', async () => {
    const { rows } = await openPool({ connectionString: stack().postgres.url }).query('SELECT 1 AS one');
    expect(rows).toEqual([{ one: { odd: '1' } }]);
  });
});

describe.each(['for all connections', 'for those of the given pool'])(
  'type parsers of the application, %s',
  (where) => {
    it('do not reach the queue’s own statements, and stay the handler’s', async () => {
      const connectionString = await freshDatabase(stack());
      const types = { getTypeParser: () => oddly };
      const given = openPool({ connectionString, max: 14, ...(where.includes('pool') && { types }) });
      const story = await begin({
        primary: 'postgres',
        postgres: where.includes('pool') ? given : connectionString,
      });
      const accepted = await Promise.all(
        Array.from({ length: 3 }, (_, n) => story.queue.enqueue({ id: newId(), form: 'inbox', data: { n } })),
      );
      expect(accepted.map(({ via }) => via)).toEqual(['postgres', 'postgres', 'postgres']);
      const ids = accepted.map(({ id }) => id);
      const [first = ''] = ids;
      expect(await story.queue.enqueue({ id: first, form: 'inbox', data: { n: 0 } })).toMatchObject({
        duplicate: true,
      });
      await expect(story.queue.enqueue({ id: first, form: 'inbox', data: { n: 9 } })).rejects.toMatchObject({
        code: 'CONFLICT',
      });
      const input = { id: newId(), form: 'inbox', data: { n: 3 } };
      const twice = await drizzle(given).transaction(async (tx) => [
        await story.queue.enqueueIn(tx, input),
        await story.queue.enqueueIn(tx, input),
      ]);
      expect(twice.map(({ duplicate }) => duplicate)).toEqual([false, true]);
      expect(
        (await story.queue.inspect.list({ list: 'postgres' })).rows.map((row) => row.id).toSorted(),
      ).toEqual([...ids, input.id].toSorted());
      expect((await story.queue.inspect.overview()).postgres.depth).toMatchObject({ ready: 4, delayed: 0 });
      expect(
        (await story.queue.inspect.checkSettings()).find(({ setting }) => setting === 'fsync')?.severity,
      ).toBe('ok');
      const seen: unknown[] = [];
      story.work({
        batch: async (_, tx) => {
          seen.push(...(await tx.execute(sql`SELECT 1 AS one`)).rows);
        },
      });
      for (const id of [...ids, input.id])
        await waitFor(async () => (await story.queue.status(id)).state === 'processed');
      expect(seen[0]).toEqual({ one: { odd: '1' } });
      await story.queue.close();
      await given.end();
    });
  },
);
