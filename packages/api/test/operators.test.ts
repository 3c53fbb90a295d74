import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { auditLog, operations } from '@spillway/db';
import { waitFor } from '@spillway/devstack';
import { createWorker } from '@spillway/queue';
import { referenceOf } from '@spillway/receipt';
import type { Operation, Target } from '../src/index.ts';
import { toProblem } from '../src/index.ts';
import { serve } from './server.ts';
import type { Served } from './server.ts';
import { someone, startWorld } from './world.ts';
import type { House, World } from './world.ts';

let world: World;
let house: House;
let served: Served;
const as = (role: string) => served.client({ cookie: `role=${role}`, 'sec-fetch-site': 'same-origin' }).admin;

beforeAll(async () => {
  world = await startWorld();
  house = await world.start();
  served = await serve(house.api);
});

afterAll(async () => {
  await served.close();
  await world.stop();
});

/** Dead submissions, written as a worker would. */
async function plantDead(count: number, error = 'the printer burns'): Promise<string[]> {
  const { rows } = await house.db.execute<{ id: string }>(sql`
    INSERT INTO spillway.submission_outcomes (queue, id, form, status, attempts, generation, digest, received_at, error, payload)
    SELECT ${house.queue.name}, gen_random_uuid(), 'inbox', 'dead', 10, 1, md5(n::text), now() - interval '1 h', ${error}, '{"n":' || n || '}'
    FROM generate_series(1, ${count}::int) n RETURNING id`);
  return rows.map((row) => row.id);
}

async function ended(id: string): Promise<Operation> {
  return waitFor(async () => {
    const operation = await as('viewer').operation.query({ id });
    return operation.state === 'running' ? undefined : operation;
  });
}

/** Entries of an operation: those for submissions, and the one for itself. */
async function entriesOf(operationId: string) {
  const rows = await house.db
    .select()
    .from(auditLog)
    .where(sql`operation_id = ${operationId}`);
  return {
    submissions: rows.filter((row) => row.submissionId !== null),
    itself: rows.filter((row) => row.submissionId === null),
  };
}

describe('roles', () => {
  it('a viewer sees everything, tries every change, and is refused each', async () => {
    // By their whole path, as the router keeps them.
    const procedures = house.api.router._def.procedures as unknown as Record<
      string,
      { readonly _def: { readonly type: string } }
    >;
    const caller = house.api.callAs(someone('viewer'));
    const mutations = Object.entries(procedures).filter(
      ([path, { _def }]) => path.startsWith('admin.') && _def.type === 'mutation',
    );
    expect(mutations.length).toBeGreaterThan(12);
    for (const [path] of mutations) {
      const call: unknown = path
        .split('.')
        .reduce<unknown>((target, key) => Reflect.get(Object(target), key), caller);
      if (typeof call !== 'function') throw new TypeError(`${path} cannot be called`);
      const problem = await Promise.resolve(Reflect.apply(call, undefined, [{}])).then(
        () => undefined,
        toProblem,
      );
      // Their own password is theirs to change; here the input is what is wrong.
      expect(problem?.code, path).toBe(path === 'admin.changePassword' ? 'invalid' : 'forbidden');
    }
    expect(await as('viewer').me.query()).toMatchObject({ role: 'viewer', email: 'viewer@example.com' });
    expect(await as('viewer').list.query({ list: 'redis' })).toMatchObject({ rows: [] });
  });

  it('a page of another site gets no answer from a call that needs a role, not even from a query', async () => {
    const procedures = Object.entries(
      house.api.router._def.procedures as unknown as Record<
        string,
        { readonly _def: { readonly type: string } }
      >,
    ).filter(([path]) => path.startsWith('admin.'));
    expect(procedures.length).toBeGreaterThan(20);
    for (const [path, { _def }] of procedures)
      for (const site of ['cross-site', 'same-site']) {
        const init = {
          headers: { cookie: 'operator', 'sec-fetch-site': site, 'content-type': 'application/json' },
          ...(_def.type === 'mutation' && { method: 'POST', body: '{}' }),
        };
        const request = new Request(`http://spillway.test/api/trpc/${path}`, init);
        const response = await house.api.handleTrpc(request, { address: undefined });
        const text = await response.text();
        expect([path, site, text]).toEqual([path, site, expect.stringContaining('"forbidden"')]);
      }
  });

  it('an operator acts on submissions and cannot administer; a user without a role sees nothing', async () => {
    expect(await as('operator').retry.mutate({ ids: [randomUUID()] })).toEqual({ ids: [] });
    await expect(as('operator').users.list.query()).rejects.toMatchObject({
      data: { problem: { code: 'forbidden' } },
    });
    await expect(as('user').overview.query()).rejects.toMatchObject({
      data: { problem: { code: 'forbidden' } },
    });
  });
});

describe('an operation over all that match', () => {
  it('is counted first, carried out, and recorded: itself once, and each submission', async () => {
    const ids = await plantDead(250, 'a paper jam');
    const target: Target = { list: 'dead', filter: { reason: 'paper' } };
    expect(await as('viewer').count.query({ action: 'retry', target })).toEqual({
      count: 250,
      capped: false,
    });
    const { operationId } = await as('operator').start.mutate({ action: 'retry', target });
    const seen: Operation[] = [];
    const over = Promise.withResolvers<void>();
    as('viewer').watchOperation.subscribe(
      { id: operationId },
      { onData: (operation) => seen.push(operation), onComplete: over.resolve, onError: over.reject },
    );
    expect(await ended(operationId)).toMatchObject({ state: 'done', total: 250, done: 250, skipped: 0 });
    await over.promise;
    expect(seen.at(-1)).toMatchObject({ state: 'done', by: 'operator@example.com' });
    const { submissions, itself } = await entriesOf(operationId);
    expect(submissions.map((row) => String(row.submissionId)).toSorted()).toEqual(ids.toSorted());
    expect(itself).toMatchObject([
      {
        by: 'operator@example.com',
        action: 'retry',
        filter: target,
        result: 'done: 250 carried out, 0 skipped',
      },
    ]);
    expect((await as('viewer').operations.query())[0]?.id).toBe(operationId);
    const discard = await as('operator').start.mutate({
      action: 'discard',
      target: { list: 'postgres', filter: { reason: 'retry' } },
    });
    expect(await ended(discard.operationId)).toMatchObject({ state: 'done', done: 250 });
    expect(await as('viewer').list.query({ list: 'postgres' })).toMatchObject({ rows: [], matching: 0 });
  });

  it('over 2,000, cancelled half-way, has done exactly what it says that it has', async () => {
    const ids = await plantDead(2_000, 'half-way');
    const target: Target = { list: 'dead', filter: { reason: 'half-way' } };
    // Its sixth batch waits until it has been cancelled.
    const { promise: cancelled, resolve: goOn } = Promise.withResolvers<void>();
    const discard = house.queue.discard.bind(house.queue);
    let batches = 0;
    const gate = vi.spyOn(house.queue, 'discard').mockImplementation(async (...input) => {
      if ((batches += 1) > 5) await cancelled;
      return discard(...input);
    });
    onTestFinished(() => gate.mockRestore());
    const { operationId } = await as('operator').start.mutate({ action: 'discard', target });
    await waitFor(async () => (await as('viewer').operation.query({ id: operationId })).done >= 500);
    await as('operator').cancel.mutate({ id: operationId });
    goOn();
    const operation = await ended(operationId);
    expect(operation.state).toBe('cancelled');
    expect(operation.done).toBeLessThan(2_000);
    const { rows } = await house.db.execute<{ status: string; count: number }>(sql`
      SELECT status, count(*)::int AS count FROM spillway.submission_outcomes WHERE id = ANY(${sql.param(ids)}::uuid[]) GROUP BY status`);
    const counts = new Map(rows.map((row) => [row.status, row.count]));
    expect(counts).toEqual(
      new Map([
        ['dead', 2_000 - operation.done],
        ['discarded', operation.done],
      ]),
    );
    const { submissions, itself } = await entriesOf(operationId);
    expect(submissions).toHaveLength(operation.done);
    expect(itself).toHaveLength(1);
  });

  it('is interrupted when its process dies, and that is recorded once', async () => {
    const [row] = await house.db
      .insert(operations)
      .values({
        queue: house.queue.name,
        action: 'retry',
        target: { list: 'dead' },
        by: 'op@example.com',
        beatAt: sql`now() - interval '1 minute'`,
      })
      .returning();
    const id = row?.id ?? '';
    const reads = await Promise.all([1, 2, 3].map(() => as('viewer').operation.query({ id })));
    expect(reads.map((one) => one.state)).toEqual(['interrupted', 'interrupted', 'interrupted']);
    expect((await entriesOf(id)).itself).toHaveLength(1);
  });

  it('is interrupted cleanly when its process stops', async () => {
    const other = await world.start({ name: house.queue.name });
    await plantDead(3_000, 'shutdown');
    const caller = other.api.callAs(someone('operator'));
    const target: Target = { list: 'dead', filter: { reason: 'shutdown' } };
    const { operationId } = await caller.admin.start({ action: 'discard', target });
    other.shutdown.abort();
    await other.api.close();
    expect(await as('viewer').operation.query({ id: operationId })).toMatchObject({ state: 'interrupted' });
  });
});

describe('the audit log', () => {
  it('takes entries and nothing else', async () => {
    for (const statement of [
      sql`UPDATE audit_log SET by = 'nobody'`,
      sql`DELETE FROM audit_log`,
      sql`TRUNCATE audit_log`,
    ]) {
      await expect(house.db.execute(statement)).rejects.toMatchObject({
        cause: { message: expect.stringContaining('append-only') },
      });
    }
  });

  it('lists all entries page by page, and those of one submission', async () => {
    const [one = '', two = ''] = await plantDead(2);
    await as('operator').discard.mutate({ ids: [one] });
    await as('operator').retry.mutate({ ids: [one, two] });
    const { entries } = await as('viewer').audit.query({ submissionId: two });
    expect(entries).toMatchObject([{ action: 'retry', by: 'operator@example.com', submissionId: two }]);
    const first = await as('viewer').audit.query({});
    expect(first.entries).toHaveLength(50);
    const next = await as('viewer').audit.query({ cursor: first.nextCursor ?? '' });
    expect(Number(next.entries[0]?.id)).toBeLessThan(Number(first.entries[49]?.id));
    const itself = await as('viewer').audit.query({ action: 'retry', by: 'operator@example.com' });
    expect(itself.entries[0]).toMatchObject({
      filter: { ids: [one, two] },
      result: 'done: 1 carried out, 1 skipped',
    });
  });
});

describe('controls', () => {
  it('are switched, recorded, and seen in the overview', async () => {
    expect((await as('viewer').overview.query()).controls).toMatchObject({ workerPaused: false });
    expect(await as('operator').pause.mutate({ what: 'worker', paused: true })).toMatchObject({
      workerPaused: true,
      recoveryPaused: false,
      by: 'operator@example.com',
    });
    await as('operator').pause.mutate({ what: 'recovery', paused: true });
    await as('operator').pause.mutate({ what: 'worker', paused: false });
    expect((await as('viewer').overview.query()).controls).toMatchObject({
      workerPaused: false,
      recoveryPaused: true,
    });
    const { entries } = await as('viewer').audit.query({});
    expect(entries.slice(0, 3).map((entry) => [entry.action, entry.result])).toEqual([
      ['resume', 'worker'],
      ['pause', 'recovery'],
      ['pause', 'worker'],
    ]);
  });
});

describe('one submission', () => {
  it('shows its history from arrival to end, and its answers', async () => {
    const other = await world.start();
    const server = await serve(other.api);
    const { admin } = server.client({ cookie: 'role=operator' });
    const { id } = await other.queue.enqueue({ form: 'inbox', data: { needle: 'Ärger' } });
    let burns = true;
    const worker = createWorker(
      other.queue,
      {
        batch: async (submissions, tx) => {
          if (burns) throw new Error('the printer burns');
          for (const one of submissions) {
            await tx.execute(sql`
              INSERT INTO submissions (id, form, data, received_at, attempts)
              VALUES (${one.id}, ${one.form}, ${JSON.stringify(one.data)}, ${one.receivedAt.toISOString()}, ${one.attempt})`);
          }
        },
      },
      { maxAttempts: 1 },
    );
    worker.start();
    await waitFor(async () => (await other.queue.status(id)).state === 'failed');
    burns = false;
    expect((await admin.submission.query({ id })).actions).toEqual(['retry', 'discard']);
    await admin.retry.mutate({ ids: [id] });
    await waitFor(async () => (await other.queue.status(id)).state === 'processed');
    const { timeline, payload, actions } = await admin.submission.query({ id });
    expect(timeline.map((event) => event.what)).toEqual([
      'received',
      'attempt-failed',
      'operator-retry',
      'processed',
    ]);
    expect(timeline[2]).toMatchObject({ by: 'operator@example.com' });
    expect(payload).toBe('{"needle":"Ärger"}');
    expect(actions).toEqual([]);
    const found = await admin.list.query({ list: 'processed', filter: { search: 'RGER' } });
    expect(found.rows.map((row) => row.id)).toEqual([id]);
    expect((await admin.list.query({ list: 'processed', filter: { search: id } })).rows).toHaveLength(1);
    expect(await admin.submission.query({ id: referenceOf(id) })).toMatchObject({ id, payload });
    await worker.stop();
    await server.close();
  });

  it('is not guessed if a reference belongs to none or to several', async () => {
    const { submission, reference } = as('viewer');
    await expect(submission.query({ id: '01A2-0775-7CDB-AB06-30DF' })).rejects.toMatchObject({
      data: { problem: { code: 'not-found' } },
    });
    const twins = ['01a2aaaa-0000-7000-8000-00000000beef', '01a2aaaa-0001-7000-8000-00000000beef'];
    for (const id of twins) {
      await house.db.execute(sql`
        INSERT INTO spillway.submission_outcomes (queue, id, form, status, attempts, generation, digest, received_at)
        VALUES (${house.queue.name}, ${id}, 'inbox', 'done', 1, 1, 'digest', now())`);
    }
    await expect(submission.query({ id: '01A2AAAA 0000 0000 BEEF' })).rejects.toThrow(
      `the first received is ${twins[0]}`,
    );
    const { rows } = await reference.query({ reference: '01A2AAAA 0000 0000 BEEF' });
    expect(rows).toMatchObject(twins.map((id) => ({ id, location: 'processed' })));
  });
});
