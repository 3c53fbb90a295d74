import { createHash } from 'node:crypto';
import type { Session } from '@spillway/api';

const MINUTE_MS = 60_000;
/** How long a session seen by Postgres is believed without it: long enough to watch an outage. */
const BELIEVED_MS = 15 * MINUTE_MS;
const MAX_KEPT = 200;

/** A session with what names it in Postgres. */
export interface KeptSession extends Session {
  readonly session: { readonly id: string };
}

interface Seen {
  readonly session: KeptSession;
  readonly atMs: number;
}

/**
 * Sessions live in Postgres, and the admin page must not go blind just because Postgres does. Who was last
 * found for a session cookie is kept in this process, and used only when asking fails. A sign-out takes effect
 * at once in the process that carried it out; a sign-out elsewhere, or a ban, as soon as Postgres is asked
 * again. Until then another process, if it had seen the session, believes it for up to 15 minutes.
 */
export function lastGoodSessions() {
  const seen = new Map<string, Seen>();

  return {
    /** `cookie`: the value of the session cookie alone. */
    async through(
      cookie: string | undefined,
      ask: () => Promise<KeptSession | null>,
    ): Promise<Session | null> {
      if (!cookie) return null;
      const key = createHash('sha256').update(cookie).digest('base64url');
      try {
        const session = await ask();
        seen.delete(key);
        if (session) seen.set(key, { session, atMs: Date.now() });
        trim(seen);
        return session;
      } catch (error) {
        const last = seen.get(key);
        if (last && Date.now() - last.atMs < BELIEVED_MS) return last.session;
        throw error;
      }
    },
    /** After a sign-out. By the session and not by the cookie: the same one may have been written differently. */
    forget(sessionId: string): void {
      for (const [key, { session }] of seen) if (session.session.id === sessionId) seen.delete(key);
    },
  };
}

/** Entries stand in the order in which they were last seen. */
function trim(seen: Map<string, Seen>): void {
  for (const key of seen.keys()) {
    if (seen.size <= MAX_KEPT) return;
    seen.delete(key);
  }
}
