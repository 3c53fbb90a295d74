import type { ListQuery, SettingCheck } from '@spillway/queue';
import { readAudit, recordAction } from '../operator/audit.ts';
import { switchControl } from '../operator/controls.ts';
import { applyAction } from '../operator/operator-actions.ts';
import { readFlowView } from '../inspect/flow.ts';
import { readList } from '../inspect/list.ts';
import { recoverNow } from '../operator/recover-now.ts';
import { checkSession, requireConfirmed } from '../access/session.ts';
import type { RememberedSession, Session } from '../access/session.ts';
import { readDetail, readReferenced } from '../inspect/timeline.ts';
import { operatorProcedure, outageProcedure, router, streamSignal, viewerProcedure } from '../trpc.ts';
import type { Services } from '../trpc.ts';
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
  ReferencePage,
} from '../wire.ts';
import {
  auditQuery,
  flowQuery,
  listQuery,
  liveQuery,
  operationId,
  pageQuery,
  planned,
  referenceQuery,
  someIds,
  submissionName,
  switched,
} from './inputs.ts';
import { changePassword, usersRouter } from './users.ts';

type PageContext = Pick<Services, 'db' | 'queue'> & { readonly session: Session | RememberedSession };

async function readPage({ queue, db, session }: PageContext, query: ListQuery): Promise<ListPage> {
  refuseSearch(session, query);
  return toWire(await readList(queue, db, query));
}

/** Searching in payloads tells what they hold, search by search. */
function refuseSearch(session: Session | RememberedSession, query: ListQuery | undefined): void {
  if (isSearch(query)) requireConfirmed(session);
}

function isSearch(query: ListQuery | undefined): boolean {
  return query?.filter?.search !== undefined;
}

export const adminRouter = router({
  /** Who is signed in. */
  me: outageProcedure.query(({ ctx }): Me => ctx.me),

  /** Both stores, counts, workers. Answers whatever store is away. */
  overview: outageProcedure.query(({ ctx }): Promise<AdminOverview> => ctx.overview()),

  /** Each setting of both stores that could lose something or slow it down. Answers whatever store is away. */
  settings: viewerProcedure.query(({ ctx }): Promise<readonly SettingCheck[]> =>
    ctx.queue.inspect.checkSettings(),
  ),

  /** The overview and, if asked for, a page of a list, now and whenever they change. */
  watch: outageProcedure.input(liveQuery).subscription(async function* ({
    ctx,
    input,
    signal,
  }): AsyncGenerator<AdminLive, void> {
    refuseSearch(ctx.session, input.list);
    for await (const live of ctx.watchLive(input, streamSignal(ctx, signal))) {
      // Postgres may have gone away since: then the stream goes on for a session that is remembered only.
      if (isSearch(input.list)) requireConfirmed(await checkSession(ctx.getSession, ctx.headers));
      yield live;
    }
  }),

  /** Any of the lists, page by page. */
  list: outageProcedure.input(listQuery).query(({ ctx, input }): Promise<ListPage> => readPage(ctx, input)),

  /** What waits in Postgres, in the order in which it is due. */
  backlog: outageProcedure
    .input(pageQuery)
    .query(({ ctx, input }): Promise<ListPage> => readPage(ctx, { ...input, list: 'postgres' })),

  /** Submissions that wait for a decision, latest first. */
  dead: outageProcedure
    .input(pageQuery)
    .query(({ ctx, input }): Promise<ListPage> => readPage(ctx, { ...input, list: 'dead' })),

  /** What is settled, latest first. */
  submissions: outageProcedure
    .input(pageQuery)
    .query(({ ctx, input }): Promise<ListPage> => readPage(ctx, { ...input, list: 'processed' })),

  /** Everything known of one submission, with its payload where a store still has it. */
  submission: viewerProcedure
    .input(submissionName)
    .query(({ ctx, input }): Promise<DetailView> => readDetail(ctx.queue, ctx.db, input.id)),

  /** The submissions that carry a reference, page by page. Usually one; senders choose their ids, so it may be many. */
  reference: viewerProcedure
    .input(referenceQuery)
    .query(({ ctx, input }): Promise<ReferencePage> => readReferenced(ctx.queue, input)),

  /** What came in and what was worked off, over time. */
  flow: viewerProcedure
    .input(flowQuery)
    .query(({ ctx, input }): Promise<FlowView> => readFlowView(ctx.db, ctx.queue.name, input.range)),

  /** The dry run: on how many an action would be carried out now. */
  count: viewerProcedure
    .input(planned)
    .query(({ ctx, input }): Promise<ActionCount> => ctx.operations.count(input)),

  /** Begins an action over many submissions; it goes on by itself. */
  start: operatorProcedure
    .input(planned)
    .mutation(async ({ ctx, input }): Promise<{ readonly operationId: string }> => ({
      operationId: await ctx.operations.start(input, ctx.me.email),
    })),

  operation: viewerProcedure
    .input(operationId)
    .query(({ ctx, input }): Promise<Operation> => ctx.operations.read(input.id)),

  /** An operation now and at each change, until its end. */
  watchOperation: viewerProcedure.input(operationId).subscription(async function* ({
    ctx,
    input,
    signal,
  }): AsyncGenerator<Operation, void> {
    yield* ctx.operations.watch(input.id, streamSignal(ctx, signal));
  }),

  /** Those that run, and the latest 20. */
  operations: viewerProcedure.query(({ ctx }): Promise<readonly Operation[]> => ctx.operations.list()),

  /** Ends an operation after the batch that it is at. */
  cancel: operatorProcedure
    .input(operationId)
    .mutation(({ ctx, input }): Promise<Operation> => ctx.operations.cancel(input.id)),

  /** Lets dead submissions wait again. `ids`: those that were dead. */
  retry: operatorProcedure
    .input(someIds)
    .mutation(({ ctx, input }): Promise<Decided> => applyAction(ctx, 'retry', input.ids)),

  /** Gives submissions up that are dead, or wait. `ids`: those that did. */
  discard: operatorProcedure
    .input(someIds)
    .mutation(({ ctx, input }): Promise<Decided> => applyAction(ctx, 'discard', input.ids)),

  /** What waits for its time, or for its next attempt, is due now. `ids`: those that did. */
  requeue: operatorProcedure
    .input(someIds)
    .mutation(({ ctx, input }): Promise<Decided> => applyAction(ctx, 'requeue', input.ids)),

  /** Pushes what waits in Postgres to Redis, without waiting for the workers' next pass. */
  recoverNow: operatorProcedure.mutation(async ({ ctx }): Promise<RecoverResult> => {
    const result = await recoverNow(ctx.queue, ctx.shutdown);
    const entry = { db: ctx.db, queue: ctx.queue.name, by: ctx.me.email };
    await recordAction(entry, 'recover', `${result.pushed} pushed to Redis`);
    return result;
  }),

  /** Switches all workers, or their recovery, off or on. */
  pause: operatorProcedure
    .input(switched)
    .mutation(({ ctx, input }): Promise<Controls> =>
      switchControl(ctx.db, ctx.queue.name, ctx.me.email, input),
    ),

  /** Who did what, latest first. */
  audit: viewerProcedure
    .input(auditQuery)
    .query(({ ctx, input }): Promise<AuditPage> => readAudit(ctx.db, ctx.queue.name, input)),

  changePassword,
  users: usersRouter,
});
