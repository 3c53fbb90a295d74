import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { InvalidSubmissionError, NotAcceptedError } from '@spillway/queue';
import type { PushAnswer, SubmissionInput } from '@spillway/queue';
import { openRedis } from '../../src/create/open-stores.ts';
import { resolveQueueOptions } from '../../src/contract/options.ts';
import { expectOnceEach, useStories } from '../story.ts';
import { envelope, freshDatabase, openPool, openQueue, PATIENT } from '../support.ts';

const { stack, begin } = useStories();

const inputs = (count: number) => Array.from({ length: count }, (_, n) => ({ form: 'inbox', data: { n } }));

describe.each(['redis', 'postgres'] as const)('callers that share a batch of %s', (primary) => {
  it.each([{ form: null }, { form: ['a'] }, { id: 7 }, { at: 'soon' }, { receivedAt: 5 }])(
    'are all accepted beside one whose input is %o, which alone is refused',
    async (wrong) => {
      const story = await begin({ primary });
      story.work();
      const bad = { form: 'inbox', data: {}, ...wrong } as unknown as SubmissionInput;
      const refused = story.queue.enqueue(bad).catch((error: unknown) => error);
      const accepted = await Promise.all(inputs(20).map((input) => story.queue.enqueue(input)));
      expect(await refused).toBeInstanceOf(InvalidSubmissionError);
      await expectOnceEach(
        story,
        accepted.map((one) => one.id),
      );
    },
  );
});

describe('a batch that a store refuses for the data of one item', () => {
  it('is stored without it, in Postgres, and the store counts as up', async () => {
    const url = await freshDatabase(stack());
    const pool = openPool({ connectionString: url });
    await pool.query(
      "ALTER TABLE spillway.fallback_submissions ADD CONSTRAINT no_poison CHECK (data NOT LIKE '%poison%')",
    );
    const { queue } = await openQueue(stack(), { postgres: url, redis: undefined });
    const all = [...inputs(20), { form: 'inbox', data: { poison: true } }, ...inputs(20)];
    const results = await Promise.allSettled(all.map((input) => queue.enqueue(input)));
    const refused = results.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    expect(refused).toEqual([expect.any(NotAcceptedError)]);
    expect(refused[0]).toMatchObject({ indeterminate: false, cause: { code: '23514' } });
    expect((await pool.query('SELECT FROM spillway.fallback_submissions')).rowCount).toBe(40);
    expect(queue.health().postgres.lastError).toBeUndefined();
    await queue.close();
    await pool.end();
  });

  it('is stored without it, in Redis', async () => {
    const options = resolveQueueOptions({ name: 'entries', postgres: stack().postgres.url, ...PATIENT });
    const { client, path } = openRedis(stack().redis.url, options, () => {});
    await once(client, 'ready');
    const push = (runAtMs: unknown) =>
      new Promise<PushAnswer>((resolve) => {
        const item = { envelope: envelope(), runAtMs: runAtMs as number };
        path.push(item, false, performance.now() + 20_000, resolve);
      });
    const answers = await Promise.all([1, 2, 3, 'soon', 4, 5, 6].map(push));
    expect(answers.map((one) => one === 'refused')).toEqual(
      [1, 2, 3, 'soon', 4, 5, 6].map((at) => at === 'soon'),
    );
    expect(path.health.view().lastError).toBeUndefined();
    client.disconnect();
  });
});
