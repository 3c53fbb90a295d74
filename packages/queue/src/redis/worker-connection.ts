import type { FastStoreConnection } from '../contract/store.ts';
import { AnswerSize } from './answers.ts';
import { connect, writeProbe } from './connection.ts';
import { RedisStore } from './store.ts';
import type { RedisStoreOptions } from './store.ts';
import { RedisWakeListener } from './wake-listener.ts';

/** Opens a worker's connections to Redis: one for its calls, and one that waits for work. */
export function openWorkerConnection(
  target: Parameters<typeof connect>[0],
  queue: string,
  options: RedisStoreOptions,
  onError: (error: Error) => void,
): FastStoreConnection {
  const answerSize = new AnswerSize();
  const { client, call } = connect(target, queue, 'work');
  const block = connect(target, queue, 'block');
  for (const one of [client, block.client]) one.on('error', onError);
  return {
    store: new RedisStore(call, { ...options, answerSize }),
    wake: new RedisWakeListener(block.client, new RedisStore(block.call, { ...options, answerSize }), queue),
    probe: () => writeProbe(client, queue),
    onReady: (run) => client.on('ready', run),
    close: () => client.disconnect(),
  };
}
