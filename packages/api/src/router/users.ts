import { z } from 'zod';
import type { Accounts } from '../accounts.ts';
import { recordDeed } from '../audit.ts';
import { ApiError } from '../errors.ts';
import { adminProcedure, router, viewerProcedure } from '../trpc.ts';
import type { Services } from '../trpc.ts';
import type { Me, UserView } from '../wire.ts';
import { email, password, personName, role, userId } from './inputs.ts';

type UsersContext = Pick<Services, 'accounts' | 'db' | 'queue'> & { readonly me: Me };

/** Where sign-ins are kept elsewhere, there is nobody to administer here. */
function accountsOf({ accounts }: Pick<Services, 'accounts'>): Accounts {
  if (!accounts) throw new ApiError('not-found', 'Users are not administered here.');
  return accounts;
}

/** What was done to a user is noted after it was done: the sign-in library has transactions of its own. */
async function note({ db, queue, me }: UsersContext, action: string, result: string): Promise<void> {
  await recordDeed({ db, queue: queue.name, by: me.email }, action, result);
}

/** Nobody locks themselves out: another admin can. */
async function refuseOneself({ me }: UsersContext, accounts: Accounts, id: string): Promise<void> {
  const user = (await accounts.list()).find((one) => one.id === id);
  if (!user) throw new ApiError('not-found', 'There is no such user.');
  if (user.email === me.email) throw new ApiError('forbidden', 'Let another admin do that to you.');
}

/** One's own. Every other session of the same person ends. */
export const changePassword = viewerProcedure
  .input(z.strictObject({ current: z.string().max(128), next: password }))
  .mutation(async ({ ctx, input }): Promise<void> => {
    await accountsOf(ctx).changePassword(ctx.headers, input.current, input.next);
    await note(ctx, 'password.change', ctx.me.email);
  });

/** Who may sign in, and as what. */
export const usersRouter = router({
  list: adminProcedure.query(({ ctx }): Promise<readonly UserView[]> => accountsOf(ctx).list()),

  create: adminProcedure
    .input(z.strictObject({ email, name: personName, role, password }))
    .mutation(async ({ ctx, input }): Promise<UserView> => {
      const user = await accountsOf(ctx).create(input);
      await note(ctx, 'user.create', `${user.email} as ${input.role}`);
      return user;
    }),

  setRole: adminProcedure
    .input(userId.extend({ role }))
    .mutation(async ({ ctx, input }): Promise<UserView> => {
      const accounts = accountsOf(ctx);
      await refuseOneself(ctx, accounts, input.id);
      const user = await accounts.setRole(input.id, input.role);
      await note(ctx, 'user.role', `${user.email} is ${input.role}`);
      return user;
    }),

  /** Ends the user's sessions. */
  setPassword: adminProcedure
    .input(userId.extend({ password }))
    .mutation(async ({ ctx, input }): Promise<UserView> => {
      const user = await accountsOf(ctx).setPassword(input.id, input.password);
      await note(ctx, 'user.password', user.email);
      return user;
    }),

  /** Ends the user's sessions, and lets no new one begin. */
  disable: adminProcedure.input(userId).mutation(async ({ ctx, input }): Promise<UserView> => {
    const accounts = accountsOf(ctx);
    await refuseOneself(ctx, accounts, input.id);
    const user = await accounts.setDisabled(input.id, true);
    await note(ctx, 'user.disable', user.email);
    return user;
  }),

  enable: adminProcedure.input(userId).mutation(async ({ ctx, input }): Promise<UserView> => {
    const user = await accountsOf(ctx).setDisabled(input.id, false);
    await note(ctx, 'user.enable', user.email);
    return user;
  }),

  remove: adminProcedure.input(userId).mutation(async ({ ctx, input }): Promise<void> => {
    const accounts = accountsOf(ctx);
    await refuseOneself(ctx, accounts, input.id);
    const user = await accounts.remove(input.id);
    await note(ctx, 'user.remove', user.email);
  }),
});
