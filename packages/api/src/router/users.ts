import { z } from 'zod';
import { ApiError } from '../errors.ts';
import { adminProcedure, router, viewerProcedure } from '../trpc.ts';
import type { UserView } from '../wire.ts';
import { email, password, personName, role, userId } from './inputs.ts';

function soon(): never {
  throw new ApiError('not-found', 'This is not there yet.');
}

/** One's own. Every other session of the same person ends. */
export const changePassword = viewerProcedure
  .input(z.strictObject({ current: z.string().max(128), next: password }))
  .mutation((): Promise<void> => soon());

/** Who may sign in, and as what. */
export const usersRouter = router({
  list: adminProcedure.query((): Promise<readonly UserView[]> => soon()),
  create: adminProcedure
    .input(z.strictObject({ email, name: personName, role, password }))
    .mutation((): Promise<UserView> => soon()),
  setRole: adminProcedure.input(userId.extend({ role })).mutation((): Promise<UserView> => soon()),
  /** Ends the user's sessions. */
  setPassword: adminProcedure.input(userId.extend({ password })).mutation((): Promise<UserView> => soon()),
  /** Ends the user's sessions, and lets no new one begin. */
  disable: adminProcedure.input(userId).mutation((): Promise<UserView> => soon()),
  enable: adminProcedure.input(userId).mutation((): Promise<UserView> => soon()),
  remove: adminProcedure.input(userId).mutation((): Promise<void> => soon()),
});
