import { ApiError } from '../errors.ts';
import { includesRole, roleOf } from './roles.ts';
import type { Me, Role } from '../wire.ts';

const RETRY_SECONDS = 5;

/** A person who signed in. */
export interface SignedInUser {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  /** `viewer`, `operator` or `admin`; several are separated by commas. */
  readonly role?: string | null | undefined;
}

/** A session that Postgres has confirmed for this call. */
export interface Session {
  /** Names the session among others of the same person. Missing for a program that the caller vouches for. */
  readonly sessionId?: string;
  readonly isRemembered?: false;
  readonly user: SignedInUser;
}

/**
 * A session that Postgres confirmed some minutes ago, while Postgres is known to be away. It may have ended since, or lost
 * its role, so the type keeps it out of every procedure that does not ask for it by name.
 */
export interface RememberedSession {
  readonly isRemembered: true;
  readonly user: SignedInUser;
}

/** Finds out who is signed in, by the request's cookies. Rejects where that cannot be known now. */
export type GetSession = (headers: Headers) => Promise<Session | RememberedSession | null>;

/** Who is signed in. Throws `store-unavailable` where that cannot be known now. */
export async function checkSession(
  getSession: GetSession,
  headers: Headers,
): Promise<Session | RememberedSession | null> {
  try {
    return await getSession(headers);
  } catch (cause) {
    throw uncheckable({ cause });
  }
}

/** The session, if Postgres has confirmed it. Throws `store-unavailable` for a remembered one. */
export function requireConfirmed(session: Session | RememberedSession | null): Session | null {
  if (session?.isRemembered) throw uncheckable();
  return session;
}

/** The session and who it belongs to. Throws `unauthorized` without a session, `forbidden` without the role. */
export function admit<S extends Session | RememberedSession>(
  session: S | null,
  needed: Role,
): { readonly session: S; readonly me: Me } {
  if (!session) throw new ApiError('unauthorized', 'Sign in first.');
  const { email, name } = session.user;
  const role = roleOf(session);
  if (role === undefined)
    throw new ApiError('forbidden', `${email} has no role here. An admin can give one.`);
  if (!includesRole(role, needed)) {
    throw new ApiError('forbidden', `This needs the role ${needed}; ${email} is ${role}.`);
  }
  return { session, me: { email, name, role } };
}

function uncheckable(options?: ErrorOptions): ApiError {
  return new ApiError(
    'store-unavailable',
    'The sign-in cannot be checked now. Try again in a few seconds.',
    { retryAfterSeconds: RETRY_SECONDS },
    options,
  );
}
