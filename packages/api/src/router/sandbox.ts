import { z } from 'zod';
import { ApiError } from '../errors.ts';
import { router, sandboxProcedure } from '../trpc.ts';
import type { LedgerView } from '../wire.ts';

const MAX_SENT = 1000;

const action = z.discriminatedUnion('store', [
  z.strictObject({
    store: z.literal('redis'),
    action: z.enum(['kill', 'start', 'freeze', 'resume', 'flush', 'fill', 'unfill']),
  }),
  z.strictObject({ store: z.literal('postgres'), action: z.enum(['stop', 'start']) }),
]);

/** Only for the local devstack: to see what happens when a store goes. */
export const sandboxRouter = router({
  act: sandboxProcedure.input(action).mutation(async ({ ctx, input }): Promise<void> => {
    try {
      await ctx.sandbox.act(input);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new ApiError('store-unavailable', `It was not done: ${reason}`, { retryAfterSeconds: 1 });
    }
  }),

  /** Begins to send. The ledger tells how far it is. */
  send: sandboxProcedure
    .input(z.strictObject({ count: z.number().int().min(1).max(MAX_SENT) }))
    .mutation(({ ctx, input }): void => ctx.sandbox.send(input.count)),

  ledger: sandboxProcedure.query(({ ctx }): Promise<LedgerView> => ctx.sandbox.ledger()),
});
