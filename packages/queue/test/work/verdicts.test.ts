import { waitFor } from '@spillway/devstack';
import { PermanentError, RetryAfterError, SnoozeError } from '@spillway/queue';
import type { BatchHandler, Handler } from '@spillway/queue';
import { describe, expect, it } from 'vitest';
import { verdictOf } from '../../src/contract/errors.ts';
import { enqueueMany, recordEffects, useStories } from '../story.ts';

/* What a handler decides by the error that it throws, on real stores. */

const { begin } = useStories();

const HOUR_MS = 60 * 60 * 1_000;

/** `decide` is called with each submission, before its effect. */
function handlerOf(kind: 'batch' | 'external', decide: (id: string) => void): Handler {
  const batch: BatchHandler = async (submissions, tx, context) => {
    for (const { id } of submissions) decide(id);
    await recordEffects(submissions, tx, context);
  };
  return kind === 'batch' ? { batch } : { external: async ({ id }) => decide(id) };
}

describe.each(['batch', 'external'] as const)('a handler (%s)', (kind) => {
  it('that throws RetryAfterError gets the submission again then, and the attempt counts', async () => {
    const story = await begin();
    const [culprit = '', other = ''] = await enqueueMany(story.queue, 2);
    const at = new Date(Date.now() + HOUR_MS);
    const handler = handlerOf(kind, (id) => {
      if (id === culprit) throw new RetryAfterError(at, 'the receiver answered 429');
    });
    const worker = story.work(handler, { backoffMs: { base: 1, max: 2 } });
    await waitFor(async () => (await story.queue.status(other)).state === 'processed');
    const found = await waitFor(async () => {
      const one = await story.queue.inspect.find(culprit);
      return one?.state === 'scheduled' ? one : undefined;
    });
    expect(found).toMatchObject({ attempts: 1 });
    expect(found.history).toMatchObject([
      { attempt: 1, error: 'RetryAfterError: the receiver answered 429' },
    ]);
    expect(Math.abs(Number(found.runAt) - at.getTime())).toBeLessThan(5_000);
    expect(worker.view()).toMatchObject({ failed: 1, retried: 1, snoozed: 0, dead: 0 });
  });

  it('that throws RetryAfterError at its last attempt leaves the submission dead', async () => {
    const story = await begin();
    const [id = ''] = await enqueueMany(story.queue, 1);
    const handler = handlerOf(kind, () => {
      throw new RetryAfterError(0, 'still busy');
    });
    story.work(handler, { maxAttempts: 3 });
    await waitFor(async () => (await story.queue.status(id)).state === 'failed');
    expect(await story.queue.inspect.find(id)).toMatchObject({
      attempts: 3,
      error: 'RetryAfterError: still busy',
    });
  });

  it('that snoozes burns no attempt, and its neighbours are processed', async () => {
    const story = await begin();
    const [culprit = '', ...others] = await enqueueMany(story.queue, 5);
    let snoozes = 0;
    const handler = handlerOf(kind, (id) => {
      if (id !== culprit || snoozes === 15) return;
      snoozes += kind === 'external' ? 1 : 0;
      throw new SnoozeError(0, 'the order is not there yet');
    });
    const worker = story.work(handler, { maxAttempts: 1 });
    await waitFor(() => worker.view().snoozed >= 15);
    snoozes = 15;
    for (const id of [culprit, ...others])
      await waitFor(async () => (await story.queue.status(id)).state === 'processed');
    expect(worker.view()).toMatchObject({ failed: 0, dead: 0 });
  });

  it('that snoozes without end is heard: after 20 in a row one counts, and so the submission ends dead', async () => {
    const story = await begin();
    const [id = ''] = await enqueueMany(story.queue, 1);
    const handler = handlerOf(kind, () => {
      throw new SnoozeError(0, 'not yet');
    });
    const worker = story.work(handler, { maxAttempts: 2 });
    await waitFor(async () => (await story.queue.status(id)).state === 'failed');
    expect(await story.queue.inspect.find(id)).toMatchObject({ attempts: 2, error: 'SnoozeError: not yet' });
    expect(worker.view()).toMatchObject({ snoozed: 40, failed: 2, dead: 1 });
  });
});

describe('a verdict', () => {
  it('is recognised from another copy of the package, whose classes are not ours', () => {
    const brand = Symbol.for('@spillway/queue/verdict');
    const theirs = Object.assign(new Error('elsewhere'), { [brand]: { kind: 'permanent' } });
    expect(verdictOf(theirs)).toEqual({ kind: 'permanent' });
    expect(verdictOf(new PermanentError('no'))).toEqual({ kind: 'permanent' });
    expect(verdictOf(new RetryAfterError(new Date(5_000)))).toEqual({ kind: 'retry', atMs: 5_000 });
    expect(verdictOf(new SnoozeError(new Date(5_000)))).toEqual({ kind: 'snooze', atMs: 5_000 });
    expect(verdictOf(new Error('ordinary'))).toBeUndefined();
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, new Date('no date')])(
    'for no time (%s) is refused where it is made, and so is an ordinary failure',
    (after) => {
      expect(() => new RetryAfterError(after)).toThrow(RangeError);
      expect(() => new SnoozeError(after)).toThrow(RangeError);
    },
  );
});

it('a form has attempts and a backoff of its own', async () => {
  const story = await begin();
  const impatient = await story.queue.enqueue({ form: 'impatient', data: {} });
  const patient = await story.queue.enqueue({ form: 'patient', data: {} });
  const attempts: Record<string, number> = {};
  const worker = story.work(
    {
      external: async ({ form }) => {
        attempts[form] = (attempts[form] ?? 0) + 1;
        throw new Error('no');
      },
    },
    {
      maxAttempts: 3,
      backoffMs: { base: 1, max: 2 },
      forms: { impatient: { maxAttempts: 1 }, patient: { backoffMs: { base: 1, max: 1 } } },
    },
  );
  await waitFor(() => worker.view().dead === 2);
  expect(attempts).toEqual({ impatient: 1, patient: 3 });
  expect(await story.queue.inspect.find(impatient.id)).toMatchObject({ attempts: 1 });
  expect(await story.queue.inspect.find(patient.id)).toMatchObject({ attempts: 3 });
});
