import { z } from 'zod';
import {
  changeOwnPassword,
  createAccount,
  listAccounts,
  removeAccount,
  setDisabled,
  setPassword,
  setRole,
} from '../access/accounts.ts';
import { ApiError } from '../errors.ts';
import { adminProcedure, router, viewerProcedure } from '../trpc.ts';
import type { UserView } from '../wire.ts';
import { email, password, personName, role, userId } from './inputs.ts';

/** One's own. Every other session of the same person ends. */
export const changePassword = viewerProcedure
  .input(z.strictObject({ current: z.string().max(128), next: password }))
  .mutation(({ ctx, input }): Promise<void> => changeOwnPassword(ctx, input));

/** Who may sign in, and as what. */
export const usersRouter = router({
  list: adminProcedure.query(({ ctx }): Promise<readonly UserView[]> => listAccounts(ctx.db)),

  create: adminProcedure
    .input(z.strictObject({ email, name: personName, role, password }))
    .mutation(({ ctx, input }): Promise<UserView> => createAccount(ctx, input)),

  setRole: adminProcedure
    .input(userId.extend({ role }))
    .mutation(({ ctx, input }): Promise<UserView> => setRole(ctx, input.id, input.role)),

  /** Ends the user's sessions. Not for one's own: an admin's session alone must not be enough to take the account over. */
  setPassword: adminProcedure
    .input(userId.extend({ password }))
    .mutation(({ ctx, input }): Promise<UserView> => {
      if (ctx.session.user.id === input.id)
        throw new ApiError('forbidden', 'Change your own password under Account, with the current one.');
      return setPassword(ctx, input.id, input.password);
    }),

  /** Ends the user's sessions, and lets no new one begin. */
  disable: adminProcedure
    .input(userId)
    .mutation(({ ctx, input }): Promise<UserView> => setDisabled(ctx, input.id, true)),

  enable: adminProcedure
    .input(userId)
    .mutation(({ ctx, input }): Promise<UserView> => setDisabled(ctx, input.id, false)),

  remove: adminProcedure.input(userId).mutation(async ({ ctx, input }): Promise<void> => {
    await removeAccount(ctx, input.id);
  }),
});
