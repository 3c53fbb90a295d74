import type { Queue, QueueEvent } from '@spillway/queue';
import type { Message, Order } from './messages.ts';

/** The options that the campaign gave this process, as JSON. */
export const optionsText = process.argv[2] ?? '{}';

export function tell(message: Message): void {
  // The other end of the pipe may just have closed; then there is no reader, and the error is ignored.
  if (process.connected) process.send?.(message, () => {});
}

export function reportEvent({ level, event, message, fields }: QueueEvent): void {
  if (level !== 'debug') tell({ kind: 'event', event, message, fields: { ...fields } });
}

export function onOrder(obey: (order: Order) => void): void {
  process.on('message', (order: Order) => obey(order));
  // The campaign is gone, and with it the stores.
  process.on('disconnect', () => process.exit(1));
  tell({ kind: 'started' });
}

/** Ends in good order at SIGTERM, as any deployment asks its processes to. */
export function onTerminate(end: () => Promise<void>): void {
  process.once('SIGTERM', () => void end().then(() => process.exit(0)));
}

/** Both stores are there, and Redis' settings have been read. */
export function isHealthy(queue: Queue): boolean {
  const { redis, postgres } = queue.health();
  return [redis, postgres].every((store) => store.state === 'up' && store.keeps === 'disk');
}
