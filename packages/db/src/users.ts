import { randomUUID } from 'node:crypto';
import { and, eq, gt, ne, or, isNull, sql } from 'drizzle-orm';
import type { Db } from './client.ts';
import { account, session, user } from './schema.ts';

/** How the sign-in library names a password among other ways to sign in. */
const PASSWORD = 'credential';
/** Any number that nothing else locks in this database. */
const USERS_LOCK = 7_745_529_126_002n;
/** Far more operators than there are. Sessions past it are not remembered in an outage, which grants nothing. */
const MAX_LIVE_SESSIONS = 10_000;

type Tx = Pick<Db, 'delete' | 'execute' | 'insert' | 'select' | 'update'>;

/** A user who may sign in. */
export interface UserRow {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: string | null;
  readonly banned: boolean | null;
  readonly createdAt: Date;
  readonly hasPassword: boolean;
}

export async function listUsers(db: Pick<Db, 'select'>): Promise<UserRow[]> {
  const rows = await selectUsers(db).orderBy(user.email);
  return rows.map(toRow);
}

export async function readUser(db: Pick<Db, 'select'>, id: string): Promise<UserRow | undefined> {
  const [row] = await selectUsers(db).where(eq(user.id, id));
  return row && toRow(row);
}

/** The hash of the user's password. `undefined`: this user has no password. */
export async function readPasswordHash(db: Pick<Db, 'select'>, userId: string): Promise<string | undefined> {
  const [row] = await db
    .select({ hash: account.password })
    .from(account)
    .where(and(eq(account.userId, userId), eq(account.providerId, PASSWORD)));
  return row?.hash ?? undefined;
}

/** The hash of the password of the user with this address. `waits`: until a change that is under way has ended. */
export async function readPasswordHashByEmail(
  db: Pick<Db, 'select'>,
  email: string,
  { waits }: { readonly waits: boolean },
): Promise<string | undefined> {
  const query = db
    .select({ hash: account.password })
    .from(account)
    .innerJoin(user, eq(user.id, account.userId))
    .where(and(eq(user.email, email.toLowerCase()), eq(account.providerId, PASSWORD)));
  const [row] = await (waits ? query.for('share', { of: account }) : query);
  return row?.hash ?? undefined;
}

/** Ends the session with this token. */
export async function deleteSession(db: Pick<Db, 'delete'>, token: string): Promise<void> {
  await db.delete(session).where(eq(session.token, token));
}

/** A valid session, with its user. */
export interface LiveSession {
  readonly id: string;
  readonly token: string;
  readonly expiresAt: Date;
  readonly user: Pick<UserRow, 'email' | 'id' | 'name' | 'role'>;
}

/** All sessions that can be used now, or the one with this id. */
export async function readLiveSessions(db: Pick<Db, 'select'>, id?: string): Promise<LiveSession[]> {
  return db
    .select({
      id: session.id,
      token: session.token,
      expiresAt: session.expiresAt,
      user: { id: user.id, email: user.email, name: user.name, role: user.role },
    })
    .from(session)
    .innerJoin(user, eq(user.id, session.userId))
    .where(
      and(
        gt(session.expiresAt, sql`now()`),
        or(isNull(user.banned), eq(user.banned, false)),
        id === undefined ? undefined : eq(session.id, id),
      ),
    )
    .limit(MAX_LIVE_SESSIONS);
}

/**
 * Runs a change of users in one transaction, one change at a time over all processes: data that `change` has read stays
 * valid until its end. Otherwise two admins who demote each other at the same moment would both succeed.
 */
export async function changingUsers<T>(db: Db, change: (tx: Tx) => Promise<T>): Promise<T> {
  return db.transaction(async (tx) => {
    await tx.execute(sql`SELECT pg_advisory_xact_lock(${USERS_LOCK.toString()}::bigint)`);
    return change(tx);
  });
}

/** `undefined`: the address is taken. */
export async function insertUser(
  tx: Tx,
  {
    passwordHash,
    ...given
  }: { readonly email: string; readonly name: string; readonly role: string; readonly passwordHash: string },
): Promise<string | undefined> {
  const id = randomUUID();
  const inserted = await tx
    .insert(user)
    .values({ id, ...given })
    .onConflictDoNothing({ target: user.email })
    .returning({ id: user.id });
  if (inserted.length === 0) return undefined;
  await insertPassword(tx, id, passwordHash);
  return id;
}

export async function updateRole(tx: Tx, id: string, role: string): Promise<void> {
  await tx.update(user).set({ role }).where(eq(user.id, id));
}

/** Sets a password, and ends the user's sessions except the named one. */
export async function updatePassword(
  tx: Tx,
  userId: string,
  passwordHash: string,
  exceptSessionId?: string,
): Promise<void> {
  const updated = await tx
    .update(account)
    .set({ password: passwordHash })
    .where(and(eq(account.userId, userId), eq(account.providerId, PASSWORD)))
    .returning({ id: account.id });
  if (updated.length === 0) await insertPassword(tx, userId, passwordHash);
  await endSessions(tx, userId, exceptSessionId);
}

/** Disabling ends the user's sessions and refuses new ones. */
export async function updateDisabled(tx: Tx, id: string, disabled: boolean): Promise<void> {
  await tx.update(user).set({ banned: disabled }).where(eq(user.id, id));
  if (disabled) await endSessions(tx, id);
}

/** The user's sessions go with it. */
export async function deleteUser(tx: Tx, id: string): Promise<void> {
  await tx.delete(user).where(eq(user.id, id));
}

function selectUsers(db: Pick<Db, 'select'>) {
  return db
    .select({ user, passwordId: account.id })
    .from(user)
    .leftJoin(account, and(eq(account.userId, user.id), eq(account.providerId, PASSWORD)));
}

function toRow(row: {
  readonly user: typeof user.$inferSelect;
  readonly passwordId: string | null;
}): UserRow {
  const { id, email, name, role, banned, createdAt } = row.user;
  return { id, email, name, role, banned, createdAt, hasPassword: row.passwordId !== null };
}

async function insertPassword(tx: Pick<Db, 'insert'>, userId: string, password: string): Promise<void> {
  await tx
    .insert(account)
    .values({ id: randomUUID(), accountId: userId, providerId: PASSWORD, userId, password });
}

async function endSessions(tx: Pick<Db, 'delete'>, userId: string, exceptId?: string): Promise<void> {
  const others = exceptId === undefined ? undefined : ne(session.id, exceptId);
  await tx.delete(session).where(and(eq(session.userId, userId), others));
}
