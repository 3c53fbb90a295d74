import { observeQueues } from '@spillway/observe';
import type { Meters } from '@spillway/observe';
import type { BatchHandler, ExternalHandler, Queue, Worker } from '@spillway/queue';

/** A queue and its worker. */
export interface Worked {
  readonly queue: Queue;
  readonly worker: Worker;
}

const COUNTS = {
  settled: 'Submissions settled: their effect has happened.',
  failed: 'Attempts that failed.',
  retried: 'Attempts that failed and are made again.',
  snoozed: 'Attempts that their handler put off without counting them.',
  dead: 'Submissions that ended dead.',
  recovered: 'Submissions that recovery pushed from Postgres to Redis.',
} as const;

/** The metrics that only a worker process has. They are read from the workers' own views. */
export function observeWorkers(meters: Meters, worked: readonly Worked[]): void {
  observeQueues(
    meters,
    worked.map(({ queue }) => queue),
  );
  const views = () => worked.map(({ queue, worker }) => ({ at: { queue: queue.name }, view: worker.view() }));
  const claimed = {
    name: 'spillway_claimed_total',
    help: 'Submissions claimed, by the store that they came from. An attempt each.',
    labels: ['queue', 'store'],
  };
  meters.counter(claimed, (add) => {
    for (const { at, view } of views())
      for (const [store, count] of Object.entries(view.claimed)) add({ ...at, store }, count);
  });
  for (const key of ['settled', 'failed', 'retried', 'snoozed', 'dead', 'recovered'] as const) {
    meters.counter({ name: `spillway_${key}_total`, help: COUNTS[key], labels: ['queue'] }, (add) => {
      for (const { at, view } of views()) add(at, view[key]);
    });
  }
  meters.gauge({ name: 'spillway_in_flight', help: 'Submissions in hand.', labels: ['queue'] }, (set) => {
    for (const { at, view } of views()) set(at, view.inFlight);
  });
  const handlers = {
    name: 'spillway_handlers',
    help: 'Calls of the handler that have not ended: running, of these abandoned (given up), and overdue (longer than two leases).',
    labels: ['queue', 'state'],
  };
  meters.gauge(handlers, (set) => {
    for (const { at, view } of views())
      for (const state of ['running', 'abandoned', 'overdue'] as const)
        set({ ...at, state }, view.handlers[state]);
  });
  const oldest = {
    name: 'spillway_handler_oldest_seconds',
    help: 'How long the oldest call of the handler has been running; 0 where none runs.',
    labels: ['queue'],
  };
  meters.gauge(oldest, (set) => {
    for (const { at, view } of views()) {
      const { oldestAt } = view.handlers;
      set(at, oldestAt ? Math.max(0, Date.now() - oldestAt.getTime()) / 1_000 : 0);
    }
  });
  const working = {
    name: 'spillway_working',
    help: '1 at the store that this worker takes from: redis, postgres, or none where it is paused.',
    labels: ['queue', 'from'],
  };
  meters.gauge(working, (set) => {
    for (const { at, view } of views())
      for (const from of ['redis', 'postgres', 'none'])
        set({ ...at, from }, view.workingFrom === from ? 1 : 0);
  });
}

/** Counts the mails that their recipient's limit held back. */
export function countHeldMails(meters: Meters): () => void {
  const count = meters.count({
    name: 'spillway_mails_held_total',
    help: 'Receipt mails that were not sent, since their recipient had had enough within the hour.',
    labels: [],
  });
  return () => count({});
}

/** Shows which destinations of webhooks and mails are paused. Returns what is told of each change. */
export function observeDestinations(meters: Meters): (destination: string, until: Date | undefined) => void {
  const paused = new Map<string, Date | undefined>();
  const gauge = {
    name: 'spillway_destination_paused',
    help: '1: notices for this host, or for the mail server, wait since it fails or has asked for a pause.',
    labels: ['destination'],
  };
  meters.gauge(gauge, (set) => {
    for (const [destination, until] of paused)
      set({ destination }, until !== undefined && until.getTime() > Date.now() ? 1 : 0);
  });
  return (destination, until) => void paused.set(destination, until);
}

/** Measures handlers: how long they take, and how long what they get had waited. */
export function createStopwatch(meters: Meters) {
  const handled = meters.histogram({
    name: 'spillway_handler_seconds',
    help: 'Time that a call of the handler took: of a batch, or of one external call.',
    labels: ['queue', 'result'],
  });
  const waited = meters.histogram({
    name: 'spillway_wait_seconds',
    help: 'Time from when a submission was received to when its handler was called.',
    labels: ['queue'],
  });

  async function measure(
    queue: string,
    received: readonly Date[],
    handle: () => Promise<void>,
  ): Promise<void> {
    const startedMs = performance.now();
    const nowMs = Date.now();
    for (const at of received) waited({ queue }, Math.max(0, nowMs - at.getTime()) / 1_000);
    const seconds = () => (performance.now() - startedMs) / 1_000;
    try {
      await handle();
      handled({ queue, result: 'ok' }, seconds());
    } catch (error) {
      handled({ queue, result: 'failed' }, seconds());
      throw error;
    }
  }

  return {
    batch:
      (queue: string, handle: BatchHandler): BatchHandler =>
      (submissions, tx, context) =>
        measure(
          queue,
          submissions.map((one) => one.receivedAt),
          () => handle(submissions, tx, context),
        ),
    external:
      (queue: string, handle: ExternalHandler): ExternalHandler =>
      (submission, call) =>
        measure(queue, [submission.receivedAt], () => handle(submission, call)),
  };
}

export type Stopwatch = ReturnType<typeof createStopwatch>;
