import { createQueue, NotAcceptedError } from '@spillway/queue';
import type { QueryOptions, Queue } from '@spillway/queue';
import { describe, expect, it, onTestFinished } from 'vitest';
import { useStories } from '../story.ts';

const { begin, stack } = useStories();
const REASON = new Error('the page was closed');

type Ask = (queue: Queue, options: QueryOptions) => Promise<unknown>;
const ID = '01938e5c-7a2b-7c3d-9e4f-5a6b7c8d9e0f';
const ASKS: Readonly<Record<string, Ask>> = {
  status: (queue, options) => queue.status(ID, options),
  recover: (queue, options) => queue.recover(options),
  'inspect.overview': ({ inspect }, options) => inspect.overview(options),
  'inspect.list': ({ inspect }, options) => inspect.list({ list: 'postgres' }, options),
  'inspect.count': ({ inspect }, options) => inspect.count({ list: 'postgres' }, options),
  'inspect.checkSettings': ({ inspect }, options) => inspect.checkSettings(options),
  'inspect.find': ({ inspect }, options) => inspect.find(ID, options),
  'inspect.locate': ({ inspect }, options) => inspect.locate([ID], options),
  'inspect.findIdsByReference': ({ inspect }, options) =>
    inspect.findIdsByReference('01938e5c', '5a6b7c8d9e0f', options),
};

describe('an aborted call', () => {
  it('rejects at once, even if both stores are frozen', async () => {
    const { queue } = await begin();
    await Promise.all([stack().postgres.freeze(), stack().redis.freeze()]);
    onTestFinished(async () => void (await Promise.all([stack().postgres.resume(), stack().redis.resume()])));
    const controller = new AbortController();
    const asking = Object.values(ASKS).map((ask) => ask(queue, { signal: controller.signal }));
    controller.abort(REASON);
    const answers = await Promise.allSettled(asking);
    expect(answers).toEqual(asking.map(() => ({ status: 'rejected', reason: REASON })));
  });

  it.each(Object.keys(ASKS))('before %s has begun begins nothing', async (name) => {
    const { queue } = await begin();
    const asked = ASKS[name]?.(queue, { signal: AbortSignal.abort(REASON) });
    await expect(asked).rejects.toBe(REASON);
  });

  it('during a slow schema check reports that nothing was stored', async () => {
    const { queue } = await begin();
    const { name, postgres } = queue.options;
    const { promise: begun, resolve: begins } = Promise.withResolvers<void>();
    const slow = {
      '~standard': {
        version: 1 as const,
        vendor: 'test',
        validate: () => {
          begins();
          return new Promise<never>(() => {});
        },
      },
    };
    const typed = createQueue({ name, postgres, schemas: { inbox: slow } });
    onTestFinished(() => typed.close());
    const controller = new AbortController();
    const refused = typed.enqueue({ form: 'inbox', data: {} }, { signal: controller.signal });
    await begun;
    controller.abort(REASON);
    await expect(refused).rejects.toBeInstanceOf(NotAcceptedError);
    await expect(refused).rejects.toMatchObject({ indeterminate: false, cause: REASON });
  });
});
