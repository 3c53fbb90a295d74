import {
  deleteUser,
  insertUser,
  listUsers,
  readPasswordHash,
  readUser,
  updateDisabled,
  updatePassword,
  updateRole,
} from '@spillway/db';
import type { Db, UserRow } from '@spillway/db';
import { hashPassword, verifyPassword } from 'better-auth/crypto';
import { ApiError } from './errors.ts';
import { requireStrongPassword } from './password.ts';
import type { AdmitPassword } from './password-limit.ts';
import { roleOf } from './roles.ts';
import type { Session } from './trpc.ts';
import type { Role, UserView } from './wire.ts';

/* Who may sign in: in the sign-in library's tables, with its hashes, and without its server, so that programs can do it too. */

export interface NewUser {
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly password: string;
}

/** Whose own password it is. */
interface OwnPassword {
  readonly db: Db;
  readonly admitPassword: AdmitPassword;
  readonly session: Session;
}

export async function listAccounts(db: Db): Promise<UserView[]> {
  return (await listUsers(db)).map(toView);
}

export async function createAccount(db: Db, { password, ...given }: NewUser): Promise<UserView> {
  await requireStrongPassword(password, { field: 'password', about: [given.email, given.name] });
  const id = await insertUser(db, { ...given, passwordHash: await hashPassword(password) });
  if (id === undefined) throw taken(given.email);
  return viewOf(db, id);
}

export async function setRole(db: Db, id: string, role: Role): Promise<UserView> {
  await updateRole(db, id, role);
  return viewOf(db, id);
}

/** Ends the user's sessions. */
export async function setPassword(db: Db, id: string, password: string): Promise<UserView> {
  const { email, name } = await viewOf(db, id);
  await requireStrongPassword(password, { field: 'password', about: [email, name] });
  await updatePassword(db, id, await hashPassword(password));
  return viewOf(db, id);
}

/** Ends the user's sessions; while disabled, no new one begins. */
export async function setDisabled(db: Db, id: string, disabled: boolean): Promise<UserView> {
  await updateDisabled(db, id, disabled);
  return viewOf(db, id);
}

/** The user as it was. */
export async function removeAccount(db: Db, id: string): Promise<UserView> {
  const user = await viewOf(db, id);
  await deleteUser(db, id);
  return user;
}

/** Every other session of the same person ends. The current password is tried a limited number of times. */
export async function changeOwnPassword(
  { db, admitPassword, session: { user, sessionId } }: OwnPassword,
  { current, next }: { readonly current: string; readonly next: string },
): Promise<void> {
  await requireStrongPassword(next, { field: 'next', about: [user.email, user.name] });
  await admitPassword(user.id);
  const hash = await readPasswordHash(db, user.id);
  if (hash === undefined)
    throw new ApiError('forbidden', 'You sign in elsewhere, and have no password here.');
  if (!(await verifyPassword({ hash, password: current }))) {
    const errors = [{ field: 'current', message: 'This is not your password' }];
    throw new ApiError('invalid', 'This is not your password.', { errors });
  }
  await updatePassword(db, user.id, await hashPassword(next), sessionId);
}

async function viewOf(db: Db, id: string): Promise<UserView> {
  const row = await readUser(db, id);
  if (!row) throw new ApiError('not-found', 'There is no such user.');
  return toView(row);
}

function toView(row: UserRow): UserView {
  const role = roleOf({ user: row });
  return {
    id: row.id,
    email: row.email,
    name: row.name,
    ...(role !== undefined && { role }),
    disabled: row.banned ?? false,
    hasPassword: row.hasPassword,
    createdAt: row.createdAt.toISOString(),
  };
}

function taken(email: string): ApiError {
  const message = `There is a user with the address ${email} already`;
  return new ApiError('invalid', message, { errors: [{ field: 'email', message }] });
}
