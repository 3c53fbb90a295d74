import { randomUUID } from 'node:crypto';
import { and, eq, ne } from 'drizzle-orm';
import type { Db } from './client.ts';
import { account, session, user } from './schema.ts';

/** How the sign-in library names a password among other ways to sign in. */
const PASSWORD = 'credential';

/** Someone who may sign in. */
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

/** The password's hash, for whoever checks it. `undefined`: this user has none. */
export async function readPasswordHash(db: Db, userId: string): Promise<string | undefined> {
  const [row] = await db
    .select({ hash: account.password })
    .from(account)
    .where(and(eq(account.userId, userId), eq(account.providerId, PASSWORD)));
  return row?.hash ?? undefined;
}

/** `undefined`: the address is taken. */
export async function insertUser(
  db: Db,
  {
    passwordHash,
    ...given
  }: { readonly email: string; readonly name: string; readonly role: string; readonly passwordHash: string },
): Promise<string | undefined> {
  return db.transaction(async (tx) => {
    const id = randomUUID();
    const inserted = await tx
      .insert(user)
      .values({ id, ...given })
      .onConflictDoNothing({ target: user.email })
      .returning({ id: user.id });
    if (inserted.length === 0) return undefined;
    await insertPassword(tx, id, passwordHash);
    return id;
  });
}

export async function updateRole(db: Db, id: string, role: string): Promise<void> {
  await db.update(user).set({ role }).where(eq(user.id, id));
}

/** Sets a password, and ends the user's sessions, but for the one that is named. */
export async function updatePassword(
  db: Db,
  userId: string,
  passwordHash: string,
  exceptSessionId?: string,
): Promise<void> {
  await db.transaction(async (tx) => {
    const updated = await tx
      .update(account)
      .set({ password: passwordHash })
      .where(and(eq(account.userId, userId), eq(account.providerId, PASSWORD)))
      .returning({ id: account.id });
    if (updated.length === 0) await insertPassword(tx, userId, passwordHash);
    await endSessions(tx, userId, exceptSessionId);
  });
}

/** Lets nobody sign in as this user any more, or again; disabling ends the user's sessions. */
export async function updateDisabled(db: Db, id: string, disabled: boolean): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.update(user).set({ banned: disabled }).where(eq(user.id, id));
    if (disabled) await endSessions(tx, id);
  });
}

export async function deleteUser(db: Db, id: string): Promise<void> {
  await db.delete(user).where(eq(user.id, id));
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
