import { describe, expect, expectTypeOf, it } from 'vitest';
import { waitFor } from '@spillway/devstack';
import type { QueueEvent } from '@spillway/queue';
import { useStories } from '../story.ts';

const { begin, stack } = useStories();

describe('the events of a queue', () => {
  it('say by their name which fields they carry, and who reports', async () => {
    const events: QueueEvent[] = [];
    const story = await begin({ redis: stack().redis.url, onEvent: (event) => events.push(event) });
    const fail = async () => {
      throw new Error('no such account');
    };
    const worker = story.work({ external: fail }, { maxAttempts: 1 });
    const { id } = await story.queue.enqueue({ form: 'inbox', data: {} });
    const dead = await waitFor(() => events.find((event) => event.event === 'dead'));
    expectTypeOf(dead.fields.attempt).toEqualTypeOf<number>();
    expect(dead).toEqual({
      level: 'error',
      event: 'dead',
      message: `dead ${id}`,
      fields: {
        queue: story.queue.name,
        worker: worker.name,
        id,
        attempt: 1,
        error: 'Error: no such account',
      },
    });
    const up = events.filter((event) => event.event === 'store_up').map(({ fields }) => fields.store);
    expect(up.toSorted()).toEqual(['postgres', 'redis']);
  });

  it('take nothing along where their subscriber throws', async () => {
    const story = await begin({
      onEvent: () => {
        throw new Error('the logger is broken');
      },
    });
    const { id } = await story.queue.enqueue({ form: 'inbox', data: {} });
    story.work();
    await waitFor(async () => (await story.effects()).includes(id));
  });
});
