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
import { recordDeed } from '../audit.ts';
import { ApiError } from '../errors.ts';
import { adminProcedure, router, viewerProcedure } from '../trpc.ts';
import type { Services, Session } from '../trpc.ts';
import type { UserView } from '../wire.ts';
import { email, password, personName, role, userId } from './inputs.ts';

type Deed = Pick<Services, 'db' | 'queue'> & { readonly session: Session };

async function note({ db, queue, session }: Deed, action: string, result: string): Promise<void> {
  await recordDeed({ db, queue: queue.name, by: session.user.email }, action, result);
}

/** Nobody locks themselves out, so there is always an admin left: another one can. */
function refuseOneself({ session }: Deed, id: string): void {
  if (session.user.id === id) throw new ApiError('forbidden', 'Let another admin do that to you.');
}

/** One's own. Every other session of the same person ends. */
export const changePassword = viewerProcedure
  .input(z.strictObject({ current: z.string().max(128), next: password }))
  .mutation(async ({ ctx, input }): Promise<void> => {
    await changeOwnPassword(ctx, input);
    await note(ctx, 'password.change', ctx.session.user.email);
  });

/** Who may sign in, and as what. */
export const usersRouter = router({
  list: adminProcedure.query(({ ctx }): Promise<readonly UserView[]> => listAccounts(ctx.db)),

  create: adminProcedure
    .input(z.strictObject({ email, name: personName, role, password }))
    .mutation(async ({ ctx, input }): Promise<UserView> => {
      const user = await createAccount(ctx.db, input);
      await note(ctx, 'user.create', `${user.email} as ${input.role}`);
      return user;
    }),

  setRole: adminProcedure
    .input(userId.extend({ role }))
    .mutation(async ({ ctx, input }): Promise<UserView> => {
      refuseOneself(ctx, input.id);
      const user = await setRole(ctx.db, input.id, input.role);
      await note(ctx, 'user.role', `${user.email} is ${input.role}`);
      return user;
    }),

  /** Ends the user's sessions. Not for one's own: an admin's session alone must not be enough to take the account over. */
  setPassword: adminProcedure
    .input(userId.extend({ password }))
    .mutation(async ({ ctx, input }): Promise<UserView> => {
      if (ctx.session.user.id === input.id)
        throw new ApiError('forbidden', 'Change your own password under Account, with the current one.');
      const user = await setPassword(ctx.db, input.id, input.password);
      await note(ctx, 'user.password', user.email);
      return user;
    }),

  /** Ends the user's sessions, and lets no new one begin. */
  disable: adminProcedure.input(userId).mutation(async ({ ctx, input }): Promise<UserView> => {
    refuseOneself(ctx, input.id);
    const user = await setDisabled(ctx.db, input.id, true);
    await note(ctx, 'user.disable', user.email);
    return user;
  }),

  enable: adminProcedure.input(userId).mutation(async ({ ctx, input }): Promise<UserView> => {
    const user = await setDisabled(ctx.db, input.id, false);
    await note(ctx, 'user.enable', user.email);
    return user;
  }),

  remove: adminProcedure.input(userId).mutation(async ({ ctx, input }): Promise<void> => {
    refuseOneself(ctx, input.id);
    const user = await removeAccount(ctx.db, input.id);
    await note(ctx, 'user.remove', user.email);
  }),
});
