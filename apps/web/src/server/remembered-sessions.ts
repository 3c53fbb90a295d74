import { createHash } from 'node:crypto';
import { readLiveSessions } from '@spillway/db';
import type { Db } from '@spillway/db';
import type { RememberedSession } from '@spillway/api';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
/** A session that another process has ended is forgotten here after this time at the latest, while Postgres answers. */
const RENEW_EVERY_MS = 10 * SECOND_MS;
/** How long Postgres' last word about a session counts. */
const REMEMBER_FOR_MS = 15 * MINUTE_MS;

/** What is kept of a session. */
interface Known {
  readonly user: RememberedSession['user'];
  readonly expiresAt: Date;
}

export interface RememberedSessions {
  /** Asks Postgres for all sessions that can be used now, and forgets every other one. Rejects while Postgres is away. */
  renew(): Promise<void>;
  /** Notes what Postgres said of one session, asked at this time (`performance.now()`). `null`: it has ended. */
  note(token: string, session: Known | null, askedAtMs: number): void;
  /** What Postgres last said of the session with this token, within the last 15 minutes. */
  find(token: string): RememberedSession | undefined;
  /** Forgets every session, until Postgres confirms it again. */
  forgetAll(): void;
  close(): void;
}

/**
 * The operators' sessions as Postgres last told of them, for the minutes in which it is away. A list of what is valid, and not
 * of what was revoked: a session that Postgres did not confirm to this process lately is not believed.
 */
export function rememberSessions(
  db: Pick<Db, 'select'>,
  now: () => number = () => performance.now(),
): RememberedSessions {
  // By hash: a dump of the memory should hold no token that opens a session.
  let sessions = new Map<string, { readonly known: Known | null; readonly askedAtMs: number }>();
  let renewedAtMs = Number.NEGATIVE_INFINITY;

  async function renew(): Promise<void> {
    const askedAtMs = now();
    const live = await readLiveSessions(db);
    if (askedAtMs < renewedAtMs) return;
    renewedAtMs = askedAtMs;
    // What was noted of a session after this question was asked is newer.
    const newer = [...sessions].filter(([, said]) => said.askedAtMs > askedAtMs);
    const read = live.map(
      ({ token, user, expiresAt }) => [hashOf(token), { known: { user, expiresAt }, askedAtMs }] as const,
    );
    sessions = new Map([...read, ...newer]);
  }

  const timer = setInterval(() => void renew().catch(() => {}), RENEW_EVERY_MS);
  timer.unref();

  return {
    renew,
    note(token, session, askedAtMs) {
      const hash = hashOf(token);
      // It has ended by now: an answer to an earlier question, or to a renewal, may still be on its way and must not bring it back.
      if (session === null) return void sessions.set(hash, { known: null, askedAtMs: now() });
      const lastMs = Math.max(renewedAtMs, sessions.get(hash)?.askedAtMs ?? renewedAtMs);
      if (askedAtMs < lastMs) return;
      sessions.set(hash, { known: { user: session.user, expiresAt: session.expiresAt }, askedAtMs });
    },
    find(token) {
      const said = sessions.get(hashOf(token));
      if (!said?.known || now() - said.askedAtMs > REMEMBER_FOR_MS) return undefined;
      const { user, expiresAt } = said.known;
      return expiresAt.getTime() > Date.now() ? { isRemembered: true, user } : undefined;
    },
    forgetAll() {
      sessions.clear();
      renewedAtMs = now();
    },
    close: () => clearInterval(timer),
  };
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64');
}
