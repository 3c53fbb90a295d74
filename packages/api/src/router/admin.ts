import { z } from 'zod';
import { ApiError } from '../errors.ts';
import { readOverview } from '../overview.ts';
import { recoverNow } from '../recover-now.ts';
import { operatorProcedure, router, streamSignal } from '../trpc.ts';
import { toWire } from '../wire.ts';
import type {
  AdminLive,
  AdminOverview,
  BacklogView,
  DeadView,
  Decided,
  DetailView,
  RecoverResult,
} from '../wire.ts';

/** One decision is about at most this many submissions: it is one transaction. */
const MAX_IDS = 500;
const YEAR_MS = 365 * 24 * 60 * 60 * 1000;
/** Longer than anything can have waited, and short enough to count back from today. */
const ageMs = z
  .number()
  .int()
  .min(0)
  .max(10 * YEAR_MS);
const backlogQuery = z.strictObject({
  form: z
    .string()
    .regex(/^[a-z0-9_-]{1,64}$/)
    .exactOptional(),
  minAgeMs: ageMs.exactOptional(),
  maxAgeMs: ageMs.exactOptional(),
  cursor: z.string().max(200).exactOptional(),
  limit: z.number().int().min(1).max(200).exactOptional(),
});

const someIds = z.strictObject({ ids: z.array(z.string().toLowerCase().max(64)).min(1).max(MAX_IDS) });

export const adminRouter = router({
  /** Both stores, counts, workers. Answers whatever store is away. */
  overview: operatorProcedure.query(({ ctx }): Promise<AdminOverview> => readOverview(ctx.queue, ctx.db)),

  /** What waits in Postgres, oldest first, page by page. */
  backlog: operatorProcedure
    .input(backlogQuery.default({}))
    .query(async ({ ctx, input }): Promise<BacklogView> => toWire(await ctx.queue.inspect.backlog(input))),

  /** The overview and a page of the backlog, now and whenever they change. */
  watch: operatorProcedure.input(backlogQuery.default({})).subscription(async function* ({
    ctx,
    input,
    signal,
  }): AsyncGenerator<AdminLive, void> {
    yield* ctx.watchLive(input, streamSignal(ctx, signal));
  }),

  /** Everything known of one submission, with its payload where a store still has it. */
  submission: operatorProcedure
    .input(z.strictObject({ id: z.string().max(64) }))
    .query(async ({ ctx, input }): Promise<DetailView> => {
      const found = await ctx.queue.inspect.find(input.id.toLowerCase());
      if (!found) throw new ApiError('not-found', `No store that could be asked knows ${input.id}.`);
      return toWire(found);
    }),

  /** Submissions that wait for a decision, latest first, page by page. */
  dead: operatorProcedure
    .input(backlogQuery.pick({ cursor: true, limit: true }).default({}))
    .query(async ({ ctx, input }): Promise<DeadView> => toWire(await ctx.queue.inspect.dead(input))),

  /** Lets dead submissions wait again. `ids`: those that were dead. */
  retry: operatorProcedure
    .input(someIds)
    .mutation(async ({ ctx, input }): Promise<Decided> => ({ ids: await ctx.queue.retry(input.ids) })),

  /** Gives dead submissions up. `ids`: those that were dead. */
  discard: operatorProcedure
    .input(someIds)
    .mutation(async ({ ctx, input }): Promise<Decided> => ({ ids: await ctx.queue.discard(input.ids) })),

  /** Pushes what waits in Postgres to Redis, without waiting for the workers' next pass. */
  recoverNow: operatorProcedure.mutation(({ ctx }): Promise<RecoverResult> =>
    recoverNow(ctx.queue, ctx.shutdown),
  ),
});
