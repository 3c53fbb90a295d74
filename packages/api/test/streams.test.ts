import { TRPCClientError } from '@trpc/client';
import { waitFor } from '@spillway/devstack';
import { createWorker, newId } from '@spillway/queue';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AdminLive, AppRouter, Problem, SubmissionView } from '../src/index.ts';
import { serve } from './server.ts';
import type { Served } from './server.ts';
import { OPERATOR, startWorld } from './world.ts';
import type { House, World } from './world.ts';

let world: World;
let house: House;
let served: Served;
beforeAll(async () => {
  world = await startWorld();
  house = await world.start();
  served = await serve(house.api);
});
afterAll(async () => {
  await served.close();
  await world.stop();
});

type ClientError = TRPCClientError<AppRouter>;

function isClientError(error: unknown): error is ClientError {
  return error instanceof TRPCClientError;
}

async function problemOf(call: Promise<unknown>): Promise<Problem | undefined> {
  try {
    await call;
  } catch (error) {
    if (isClientError(error)) return error.data?.problem;
    throw error;
  }
  return undefined;
}

const asOperator = () => served.client({ cookie: 'operator' });

describe('a sender', () => {
  it('submits, queries and watches until the submission is processed', async () => {
    const client = served.client();
    const receipt = await client.submission.submit.mutate({ data: { hello: 'world' } });
    const known = { id: receipt.id, receipt: receipt.receipt };
    expect(await client.submission.status.query(known)).toMatchObject({ id: receipt.id, state: 'waiting' });
    const states: SubmissionView['state'][] = [];
    const ended = Promise.withResolvers<void>();
    client.submission.watch.subscribe(known, {
      onData: ({ data }) => states.push(data.state),
      onComplete: () => ended.resolve(),
      onError: (error) => ended.reject(error),
    });
    await waitFor(() => states.length === 1);
    const worker = house.work();
    await ended.promise;
    expect(states[0]).toBe('waiting');
    expect(states.at(-1)).toBe('processed');
    expect(new Set(states).size).toBe(states.length);
    // Whoever comes later is told the end at once.
    const late: string[] = [];
    await new Promise<void>((resolve) =>
      client.submission.watch.subscribe(known, {
        onData: ({ data }) => late.push(data.state),
        onComplete: resolve,
      }),
    );
    expect(late).toEqual(['processed']);
    await worker.stop();
  });

  it('gets the whole problem document', async () => {
    const client = served.client();
    const submit = client.submission.submit.mutate({ form: 'contact', data: { name: 'A' } });
    expect(await problemOf(submit)).toMatchObject({
      code: 'invalid',
      errors: [
        { field: 'email', message: 'Enter your email address' },
        { field: 'message', message: 'Enter your message' },
      ],
    });
    expect(await problemOf(client.submission.status.query({ id: newId(), receipt: 'x' }))).toMatchObject({
      code: 'not-found',
    });
  });

  it('cannot watch without the code', async () => {
    const failed = Promise.withResolvers<ClientError>();
    served.client().submission.watch.subscribe({ id: newId(), receipt: 'x' }, { onError: failed.resolve });
    expect((await failed.promise).data?.problem.code).toBe('not-found');
  });
});

describe('the operator’s side', () => {
  it('refuses everyone else at each call', async () => {
    const code = 'unauthorized';
    for (const headers of [{}, { cookie: 'someone' }]) {
      const { admin } = served.client(headers);
      const calls = [
        admin.overview.query(),
        admin.backlog.query({}),
        admin.submission.query({ id: newId() }),
        admin.dead.query({}),
        admin.retry.mutate({ ids: [newId()] }),
        admin.discard.mutate({ ids: [newId()] }),
        admin.recoverNow.mutate(),
      ];
      expect(new Set(await Promise.all(calls.map(async (call) => (await problemOf(call))?.code)))).toEqual(
        new Set([code]),
      );
      const failed = Promise.withResolvers<ClientError>();
      admin.watch.subscribe({}, { onError: failed.resolve });
      expect((await failed.promise).data?.problem.code).toBe(code);
    }
  });

  it('refuses users without a role, and everyone while the session cannot be checked', async () => {
    const guest = await world.start({
      getSession: async () => ({ user: { ...OPERATOR.user, role: 'user' } }),
    });
    const unsure = await world.start({ getSession: () => Promise.reject(new Error('no database')) });
    for (const [other, code] of [
      [guest, 'forbidden'],
      [unsure, 'store-unavailable'],
    ] as const) {
      const server = await serve(other.api);
      expect(await problemOf(server.client().admin.overview.query())).toMatchObject({ code });
      await server.close();
    }
  });

  it('lists the dead, and acts on each of them once', async () => {
    const other = await world.start();
    const server = await serve(other.api);
    const { admin } = server.client({ cookie: 'operator', origin: server.url });
    const accepted = await Promise.all(
      [1, 2].map((n) => other.queue.enqueue({ form: 'inbox', data: { n } })),
    );
    const worker = createWorker(
      other.queue,
      { batch: () => Promise.reject(new Error('the printer burns')) },
      { maxAttempts: 1 },
    );
    worker.start();
    const dead = await waitFor(async () => {
      const { rows } = await admin.dead.query({});
      return rows.length === 2 ? rows : undefined;
    });
    await worker.stop();
    expect(dead.map((row) => row.lastError)).toEqual([
      expect.stringContaining('burns'),
      expect.stringContaining('burns'),
    ]);
    const [retried = '', discarded = ''] = accepted.map((one) => one.id);
    expect(await admin.retry.mutate({ ids: [retried, newId()] })).toEqual({ ids: [retried] });
    expect(await admin.discard.mutate({ ids: [discarded, newId()] })).toEqual({ ids: [discarded] });
    expect((await admin.dead.query({})).rows).toEqual([]);
    expect(await admin.submission.query({ id: retried })).toMatchObject({ state: 'waiting', generation: 2 });
    await server.close();
  });

  it('accepts changes only from pages of the site', async () => {
    const recover = (headers: Record<string, string>) =>
      served.client({ cookie: 'operator', ...headers }).admin.recoverNow.mutate();
    expect(await problemOf(recover({ origin: 'https://evil.example' }))).toMatchObject({ code: 'forbidden' });
    expect(await problemOf(recover({ 'sec-fetch-site': 'cross-site' }))).toMatchObject({ code: 'forbidden' });
    expect(await recover({ origin: served.url })).toEqual({ pushed: 0, more: false });
    expect(await recover({ 'sec-fetch-site': 'same-origin' })).toEqual({ pushed: 0, more: false });
  });

  it('shows both stores, and its input is checked', async () => {
    const { admin } = asOperator();
    const overview = await admin.overview.query();
    expect(overview).toMatchObject({
      redis: { state: 'up' },
      postgres: { state: 'up' },
      accepting: 'redis',
      workers: [],
    });
    expect(new Date(overview.at).toISOString()).toBe(overview.at);
    expect(await problemOf(admin.backlog.query({ limit: 1000 }))).toMatchObject({
      code: 'invalid',
      errors: [{ field: 'limit' }],
    });
    const wrong = [
      { minAgeMs: 1e15 },
      { maxAgeMs: -1 },
      { form: 'No form' },
      { form: '\u0000' },
      { search: '\u0000' },
      { reason: '' },
    ];
    for (const filter of wrong) {
      expect(await problemOf(admin.backlog.query({ filter }))).toMatchObject({ code: 'invalid' });
    }
    expect(await problemOf(admin.submission.query({ id: newId() }))).toMatchObject({ code: 'not-found' });
  });
});

describe('in an outage of Redis', () => {
  it('the operator sees the backlog grow, reads waiting submissions, and can recover only when Redis is back', async () => {
    const { admin, submission } = asOperator();
    const seen: AdminLive[] = [];
    const others: AdminLive[] = [];
    const first = admin.watch.subscribe(
      { list: { list: 'postgres', limit: 2 } },
      { onData: (live) => seen.push(live) },
    );
    const second = admin.watch.subscribe(
      { list: { list: 'postgres', limit: 2 } },
      { onData: (live) => others.push(live) },
    );
    await waitFor(() => seen.length > 0 && others.length > 0);
    expect(seen.at(-1)).toMatchObject({
      overview: { redis: { state: 'up' } },
      page: { rows: [], matching: 0 },
    });

    await world.redis.kill();
    for (let count = 0; count < 3; count += 1) {
      expect((await submission.submit.mutate({ data: { count } })).via).toBe('postgres');
    }
    await waitFor(() => seen.at(-1)?.page?.matching === 3 && seen.at(-1)?.overview.redis.state === 'down');
    await waitFor(() => others.at(-1)?.page?.matching === 3);
    const page = await admin.backlog.query({ limit: 2 });
    expect(seen.at(-1)?.page?.rows).toHaveLength(2);
    expect(page.rows.map((row) => row.form)).toEqual(['inbox', 'inbox']);
    const rest = await admin.backlog.query({ limit: 2, cursor: page.nextCursor ?? '' });
    expect(rest.rows).toHaveLength(1);
    expect(await admin.backlog.query({ filter: { form: 'contact' } })).toMatchObject({
      rows: [],
      matching: 0,
    });
    expect(await admin.submission.query({ id: rest.rows[0]?.id ?? '' })).toMatchObject({
      payload: '{"count":2}',
      state: 'waiting',
    });
    expect(await problemOf(admin.recoverNow.mutate())).toMatchObject({
      code: 'store-unavailable',
      detail: expect.stringContaining('redis'),
    });

    await world.redis.start();
    await waitFor(() => house.queue.health().redis.state === 'up');
    const recovered = await waitFor(() => admin.recoverNow.mutate().catch(() => undefined));
    expect(recovered).toEqual({ pushed: 3, more: false });
    await waitFor(() => seen.at(-1)?.page?.rows.every((row) => row.heldBy.includes('redis')));
    first.unsubscribe();
    second.unsubscribe();
  });
});

describe('in an outage of Postgres', () => {
  it('the operator’s page keeps the last data, and is complete again afterwards', async () => {
    const seen: AdminLive[] = [];
    const { admin } = asOperator();
    const watch = admin.watch.subscribe(
      { list: { list: 'postgres' } },
      { onData: (live) => seen.push(live) },
    );
    await waitFor(() => seen.at(-1)?.page !== undefined);
    await world.postgres.kill();
    try {
      const gone = await waitFor(() => seen.findLast((live) => live.page === undefined));
      expect(gone.overview.workers).toBeUndefined();
      await waitFor(() => seen.at(-1)?.overview.postgres.state === 'down');
      expect(await admin.overview.query()).toMatchObject({
        postgres: { state: 'down' },
        redis: { state: 'up' },
      });
      expect(await problemOf(admin.backlog.query({}))).toMatchObject({ code: 'store-unavailable' });
    } finally {
      await world.postgres.start();
    }
    await waitFor(() => seen.at(-1)?.page !== undefined && seen.at(-1)?.overview.workers !== undefined);
    watch.unsubscribe();
  });
});

describe('the shutdown', () => {
  it('ends every stream as incomplete, so that clients connect again', async () => {
    const stopping = await world.start();
    const server = await serve(stopping.api);
    const client = server.client({ cookie: 'operator' });
    const { id, receipt } = await client.submission.submit.mutate({ data: {} });
    const events: string[] = [];
    const told = { live: 0, status: 0 };
    const note = (name: string) => ({
      onComplete: () => void events.push(`${name} complete`),
      onConnectionStateChange: ({ state }: { state: string }) => void events.push(`${name} ${state}`),
    });
    const live = client.admin.watch.subscribe({}, { onData: () => (told.live += 1), ...note('live') });
    const status = client.submission.watch.subscribe(
      { id, receipt },
      { onData: () => (told.status += 1), ...note('status') },
    );
    await waitFor(() => told.live > 0 && told.status > 0);
    const before = events.length;
    stopping.shutdown.abort();
    await waitFor(
      () =>
        events.slice(before).includes('live connecting') &&
        events.slice(before).includes('status connecting'),
    );
    expect(events).not.toContain('live complete');
    expect(events).not.toContain('status complete');
    live.unsubscribe();
    status.unsubscribe();
    await server.close();
  });
});

it('all of this caused no unexpected error', () => expect(house.surprises).toEqual([]));
