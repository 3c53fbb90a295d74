import { createHash } from 'node:crypto';
import type { Session } from '@spillway/api';

const MINUTE_MS = 60_000;
/** How long a session seen by Postgres is believed without it: long enough to watch an outage. */
const BELIEVED_MS = 15 * MINUTE_MS;
const MAX_KEPT = 200;

interface Seen {
  readonly session: Session;
  readonly atMs: number;
}

/**
 * Sessions live in Postgres, and the admin page must not go blind just because Postgres does. Who was last
 * found for a cookie is kept in this process, and used only when asking fails. A sign-out or ban that Postgres
 * could confirm takes effect at once.
 */
export function lastGoodSessions() {
  const seen = new Map<string, Seen>();

  return {
    async through(cookie: string | null, ask: () => Promise<Session | null>): Promise<Session | null> {
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
  };
}

/** Entries stand in the order in which they were last seen. */
function trim(seen: Map<string, Seen>): void {
  for (const key of seen.keys()) {
    if (seen.size <= MAX_KEPT) return;
    seen.delete(key);
  }
}
