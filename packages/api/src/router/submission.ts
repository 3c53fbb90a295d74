import { localeOf } from '@spillway/forms';
import { tracked } from '@trpc/server';
import { z } from 'zod';
import { publicProcedure, router, streamSignal } from '../trpc.ts';
import type { Receipt, SubmissionView, SubmitInput } from '../wire.ts';

const known = z.object({ id: z.string().max(64), receipt: z.string().max(64) });
const watched = known.extend({ lastEventId: z.string().max(64).optional() });

/** What a page tells of its person. What does not fit counts as nothing told. */
const check = z
  .object({ isTrapped: z.boolean().exactOptional(), solution: z.string().exactOptional() })
  .catch({});

type Check = z.infer<typeof check>;

export const submissionRouter = router({
  /** Accepts a submission. Safe to repeat with the same id and content. */
  submit: publicProcedure
    // Before the input, for which the body is read. Each call of a batch counts.
    .use(async ({ ctx, next }) => next({ ctx: { admission: await ctx.service.admit('trpc', ctx.address) } }))
    // Only given its type here: the service checks it, and counts what it refuses.
    .input((value: unknown) => value as SubmitInput & { readonly check?: Check })
    .mutation(({ ctx, input }): Promise<Receipt> => {
      const { service, address, origin, headers, admission } = ctx;
      const { check: given, ...submission } = Object(input);
      const caller = { channel: 'trpc', address, origin, locale: localeOf(headers), admission } as const;
      return service.submit(() => submission, { ...caller, ...check.parse(given) });
    }),

  /** Where a submission stands. */
  status: publicProcedure
    .input(known)
    .query(({ ctx, input }): Promise<SubmissionView> => ctx.service.status(input.id, input.receipt)),

  /** The status now and at each change, until it is final. */
  watch: publicProcedure.input(watched).subscription(async function* ({ ctx, input, signal }) {
    const wanted = { id: input.id, code: input.receipt, seenMark: input.lastEventId };
    for await (const { mark, view } of ctx.watchStatus(wanted, streamSignal(ctx, signal))) {
      yield tracked(mark, view);
    }
  }),
});
