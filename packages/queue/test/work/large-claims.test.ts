import { waitFor } from '@spillway/devstack';
import { newId } from '@spillway/queue';
import { expect, it, onTestFinished } from 'vitest';
import { expectOnceEach, useStories } from '../story.ts';

const { stack, begin } = useStories();

const text = 'x'.repeat(200_000);

it.each([
  ['maxmemory-clients', '3mb', '0'],
  ['client-output-buffer-limit', 'normal 2mb 2mb 1', 'normal 0 0 0'],
  ['client-output-buffer-limit', 'normal 100kb 100kb 1', 'normal 0 0 0'],
])(
  'a claim larger than %s %s is repeated in smaller parts until all is processed',
  async (setting, value, standard) => {
    const story = await begin({ primary: 'redis' });
    const ids: string[] = [];
    for (let n = 0; n < 40; n += 1)
      ids.push((await story.queue.enqueue({ form: 'inbox', data: { n, text } })).id);
    await stack().redis.config({ [setting]: value });
    onTestFinished(() => stack().redis.config({ [setting]: standard }));
    story.work();
    await expectOnceEach(story, ids);
    const { rows } = await story.pool.query('SELECT max(attempts)::int AS most FROM submission_outcomes');
    expect(rows).toEqual([{ most: 1 }]);
  },
);

it('an operator’s page larger than the limit of Redis is shown once Redis was asked for less', async () => {
  const story = await begin({ primary: 'redis' });
  const ids = Array.from({ length: 20 }, () => newId());
  for (const id of ids) await story.queue.enqueue({ id, form: 'inbox', data: { text } });
  await stack().redis.config({ 'client-output-buffer-limit': 'normal 100kb 100kb 1' });
  onTestFinished(() => stack().redis.config({ 'client-output-buffer-limit': 'normal 0 0 0' }));
  await waitFor(async () => {
    const page = await story.queue.inspect
      .list({ list: 'redis', limit: 20, withPayload: true })
      .catch(() => undefined);
    return page?.rows.length === ids.length && page.rows.every((row) => row.payload?.includes(text));
  });
});

it('a claim within the limit of Redis arrives', async () => {
  const story = await begin({ primary: 'redis' });
  const { id } = await story.queue.enqueue({ form: 'inbox', data: {} });
  await stack().redis.config({ 'client-output-buffer-limit': 'normal 2mb 2mb 1' });
  onTestFinished(() => stack().redis.config({ 'client-output-buffer-limit': 'normal 0 0 0' }));
  story.work();
  await expectOnceEach(story, [id]);
});
