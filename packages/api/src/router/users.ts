import { z } from 'zod';
import {
  changeOwnPassword,
  createAccount,
  listAccounts,
  removeAccount,
  setDisabled,
  setPassword,
  setRole,
} from '../accounts.ts';
import { adminProcedure, router, viewerProcedure } from '../trpc.ts';
import type { UserView } from '../wire.ts';
import { email, password, personName, role, userId } from './inputs.ts';

/** One's own. Every other session of the same person ends. */
export const changePassword = viewerProcedure
  .input(z.strictObject({ current: z.string().max(128), next: password }))
  .mutation(({ ctx, input }): Promise<void> => changeOwnPassword(ctx, input.current, input.next));

/** Who may sign in, and as what. */
export const usersRouter = router({
  list: adminProcedure.query(({ ctx }): Promise<readonly UserView[]> => listAccounts(ctx.db)),

  create: adminProcedure
    .input(z.strictObject({ email, name: personName, role, password }))
    .mutation(({ ctx, input }): Promise<UserView> => createAccount(ctx, input)),

  setRole: adminProcedure
    .input(userId.extend({ role }))
    .mutation(({ ctx, input }): Promise<UserView> => setRole(ctx, input.id, input.role)),

  /** Ends the user's sessions. */
  setPassword: adminProcedure
    .input(userId.extend({ password }))
    .mutation(({ ctx, input }): Promise<UserView> => setPassword(ctx, input.id, input.password)),

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
