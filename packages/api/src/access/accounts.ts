import {
  changingUsers,
  deleteUser,
  insertUser,
  listUsers,
  readLiveSessions,
  readPasswordHash,
  readUser,
  updateDisabled,
  updatePassword,
  updateRole,
} from '@spillway/db';
import type { Db, UserRow } from '@spillway/db';
import { hashPassword, verifyPassword } from 'better-auth/crypto';
import { recordAction } from '../operator/audit.ts';
import { ApiError } from '../errors.ts';
import { requireStrongPassword } from './password.ts';
import { roleOf } from './roles.ts';
import { admit } from './session.ts';
import type { Session } from './session.ts';
import type { Services } from '../trpc.ts';
import type { Role, UserView } from '../wire.ts';

/* Who may sign in: in the sign-in library's tables, with its hashes, and without its server, so that programs can do it too. */

export interface NewUser {
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly password: string;
}

/** Who changes users, and where that is recorded. */
export interface UserChange extends Pick<Services, 'db' | 'queue' | 'usersChanged'> {
  readonly session: Session;
}

type Tx = Parameters<Parameters<typeof changingUsers>[1]>[0];

export async function listAccounts(db: Db): Promise<UserView[]> {
  return (await listUsers(db)).map(toView);
}

export async function createAccount(by: UserChange, { password, ...given }: NewUser): Promise<UserView> {
  await requireStrongPassword(password, { field: 'password', about: [given.email, given.name] });
  const passwordHash = await hashPassword(password);
  return changeUsers(by, 'user.create', async (tx) => {
    const id = await insertUser(tx, { ...given, passwordHash });
    if (id === undefined) throw taken(given.email);
    return recorded(await viewOf(tx, id), ({ email }) => `${email} as ${given.role}`);
  });
}

export async function setRole(by: UserChange, id: string, role: Role): Promise<UserView> {
  return changeUsers(by, 'user.role', async (tx) => {
    refuseOneself(by, id);
    await updateRole(tx, id, role);
    return recorded(await viewOf(tx, id), ({ email }) => `${email} is ${role}`);
  });
}

/** Ends the user's sessions. */
export async function setPassword(by: UserChange, id: string, password: string): Promise<UserView> {
  const { email, name } = await viewOf(by.db, id);
  await requireStrongPassword(password, { field: 'password', about: [email, name] });
  const passwordHash = await hashPassword(password);
  return changeUsers(by, 'user.password', async (tx) => {
    await updatePassword(tx, id, passwordHash);
    return recorded(await viewOf(tx, id));
  });
}

/** Ends the user's sessions; while disabled, no new one begins. */
export async function setDisabled(by: UserChange, id: string, disabled: boolean): Promise<UserView> {
  return changeUsers(by, disabled ? 'user.disable' : 'user.enable', async (tx) => {
    if (disabled) refuseOneself(by, id);
    await updateDisabled(tx, id, disabled);
    return recorded(await viewOf(tx, id));
  });
}

/** The user as it was. */
export async function removeAccount(by: UserChange, id: string): Promise<UserView> {
  return changeUsers(by, 'user.remove', async (tx) => {
    refuseOneself(by, id);
    const user = await viewOf(tx, id);
    await deleteUser(tx, id);
    return recorded(user);
  });
}

/** Every other session of the same person ends. The current password is tried a limited number of times. */
export async function changeOwnPassword(
  { db, queue, session, usersChanged, admitPassword }: UserChange & Pick<Services, 'admitPassword'>,
  { current, next }: { readonly current: string; readonly next: string },
): Promise<void> {
  const { user, sessionId } = session;
  await requireStrongPassword(next, { field: 'next', about: [user.email, user.name] });
  await admitPassword(user.id);
  const hash = await readPasswordHash(db, user.id);
  if (hash === undefined)
    throw new ApiError('forbidden', 'You sign in elsewhere, and have no password here.');
  if (!(await verifyPassword({ hash, password: current }))) {
    const errors = [{ field: 'current', message: 'This is not your password' }];
    throw new ApiError('invalid', 'This is not your password.', { errors });
  }
  const passwordHash = await hashPassword(next);
  await changingUsers(db, async (tx) => {
    await requireStill(tx, session, 'viewer');
    await updatePassword(tx, user.id, passwordHash, sessionId);
    await recordAction({ db: tx, queue: queue.name, by: user.email }, 'password.change', user.email);
  });
  await usersChanged();
}

interface Recorded {
  readonly user: UserView;
  readonly result: string;
}

function recorded(user: UserView, describe = ({ email }: UserView) => email): Recorded {
  return { user, result: describe(user) };
}

/**
 * A change of users by an admin, and its entry in the audit log, in one transaction. Whether the session is still there,
 * still an admin's, and whether an admin remains, is checked in the same transaction and under the same lock.
 */
async function changeUsers(
  { db, queue, session, usersChanged }: UserChange,
  action: string,
  change: (tx: Tx) => Promise<Recorded>,
): Promise<UserView> {
  const changed = await changingUsers(db, async (tx) => {
    await requireStill(tx, session, 'admin');
    const hadAdmin = await hasAdmin(tx);
    const { user, result } = await change(tx);
    if (hadAdmin && !(await hasAdmin(tx)))
      throw new ApiError('forbidden', 'An admin must remain. Make another user an admin first.');
    await recordAction({ db: tx, queue: queue.name, by: session.user.email }, action, result);
    return user;
  });
  await usersChanged();
  return changed;
}

/** What was checked before the lock may have changed while it was waited for. A program has no session to end. */
async function requireStill(tx: Tx, { sessionId }: Session, role: Role): Promise<void> {
  if (sessionId === undefined) return;
  const [live] = await readLiveSessions(tx, sessionId);
  admit(live ? { user: live.user } : null, role);
}

async function hasAdmin(tx: Tx): Promise<boolean> {
  const users = await listUsers(tx);
  return users.some((user) => !user.banned && roleOf({ user }) === 'admin');
}

/** Only another admin can: a slip must not lock the person out. */
function refuseOneself({ session }: UserChange, id: string): void {
  if (session.user.id === id) throw new ApiError('forbidden', 'Let another admin do that to you.');
}

async function viewOf(db: Pick<Db, 'select'>, id: string): Promise<UserView> {
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
