import type { Finding } from '@spillway/queue';
import { ApiError } from '../errors.ts';
import { readOverview } from '../overview.ts';
import { recoverNow } from '../recover-now.ts';
import { operatorProcedure, router, streamSignal, viewerProcedure } from '../trpc.ts';
import { toWire } from '../wire.ts';
import type {
  ActionCount,
  AdminLive,
  AdminOverview,
  AuditPage,
  Controls,
  Decided,
  DetailView,
  FlowView,
  ListPage,
  Me,
  Operation,
  RecoverResult,
} from '../wire.ts';
import {
  auditQuery,
  flowQuery,
  listQuery,
  liveQuery,
  operationId,
  pageQuery,
  planned,
  someIds,
  submissionId,
  switched,
} from './inputs.ts';
import { changePassword, usersRouter } from './users.ts';

function soon(): never {
  throw new ApiError('not-found', 'This is not there yet.');
}

export const adminRouter = router({
  /** Who is signed in. */
  me: viewerProcedure.query(({ ctx }): Me => ctx.me),

  /** Both stores, counts, workers. Answers whatever store is away. */
  overview: viewerProcedure.query(({ ctx }): Promise<AdminOverview> => readOverview(ctx.queue, ctx.db)),

  /** Each setting of both stores that could lose something or slow it down. Answers whatever store is away. */
  settings: viewerProcedure.query(({ ctx }): Promise<readonly Finding[]> => ctx.queue.inspect.audit()),

  /** The overview and, if asked for, a page of a list, now and whenever they change. */
  watch: viewerProcedure.input(liveQuery).subscription(async function* ({
    ctx,
    input,
    signal,
  }): AsyncGenerator<AdminLive, void> {
    yield* ctx.watchLive(input, streamSignal(ctx, signal));
  }),

  /** Any of the lists, page by page. */
  list: viewerProcedure
    .input(listQuery)
    .query(async ({ ctx, input }): Promise<ListPage> => toWire(await ctx.queue.inspect.list(input))),

  /** What waits in Postgres, in the order in which it is due. */
  backlog: viewerProcedure
    .input(pageQuery)
    .query(async ({ ctx, input }): Promise<ListPage> =>
      toWire(await ctx.queue.inspect.list({ ...input, list: 'postgres' })),
    ),

  /** Submissions that wait for a decision, latest first. */
  dead: viewerProcedure
    .input(pageQuery)
    .query(async ({ ctx, input }): Promise<ListPage> =>
      toWire(await ctx.queue.inspect.list({ ...input, list: 'dead' })),
    ),

  /** What is settled, latest first. */
  submissions: viewerProcedure
    .input(pageQuery)
    .query(async ({ ctx, input }): Promise<ListPage> =>
      toWire(await ctx.queue.inspect.list({ ...input, list: 'processed' })),
    ),

  /** Everything known of one submission, with its payload where a store still has it. */
  submission: viewerProcedure.input(submissionId).query(async ({ ctx, input }): Promise<DetailView> => {
    const found = await ctx.queue.inspect.find(input.id);
    if (!found) throw new ApiError('not-found', `No store that could be asked knows ${input.id}.`);
    return { ...toWire(found), timeline: [], actions: [] };
  }),

  /** What came in and what was worked off, over time. */
  flow: viewerProcedure.input(flowQuery).query((): Promise<FlowView> => soon()),

  /** The dry run: on how many an action would be carried out now. */
  count: viewerProcedure.input(planned).query((): Promise<ActionCount> => soon()),

  /** Begins an action over many submissions; it goes on by itself. */
  start: operatorProcedure.input(planned).mutation((): Promise<{ readonly operationId: string }> => soon()),

  operation: viewerProcedure.input(operationId).query((): Promise<Operation> => soon()),

  /** An operation now and at each change, until its end. */
  watchOperation: viewerProcedure.input(operationId).subscription(async function* (): AsyncGenerator<
    Operation,
    void
  > {
    yield soon();
  }),

  /** Those that run, and the latest 20. */
  operations: viewerProcedure.query((): Promise<readonly Operation[]> => soon()),

  /** Ends an operation after the batch that it is at. */
  cancel: operatorProcedure.input(operationId).mutation((): Promise<Operation> => soon()),

  /** Lets dead submissions wait again. `ids`: those that were dead. */
  retry: operatorProcedure
    .input(someIds)
    .mutation(async ({ ctx, input }): Promise<Decided> => ({ ids: await ctx.queue.retry(input.ids) })),

  /** Gives submissions up that are dead, or wait. `ids`: those that did. */
  discard: operatorProcedure
    .input(someIds)
    .mutation(async ({ ctx, input }): Promise<Decided> => ({ ids: await ctx.queue.discard(input.ids) })),

  /** What waits for its time, or for its next attempt, is due now. `ids`: those that did. */
  requeue: operatorProcedure.input(someIds).mutation((): Promise<Decided> => soon()),

  /** Pushes what waits in Postgres to Redis, without waiting for the workers' next pass. */
  recoverNow: operatorProcedure.mutation(({ ctx }): Promise<RecoverResult> =>
    recoverNow(ctx.queue, ctx.shutdown),
  ),

  /** Switches all workers, or their recovery, off or on. */
  pause: operatorProcedure.input(switched).mutation((): Promise<Controls> => soon()),

  /** Who did what, latest first. */
  audit: viewerProcedure.input(auditQuery).query((): Promise<AuditPage> => soon()),

  changePassword,
  users: usersRouter,
});
