import { createHmac } from 'node:crypto';
import { account, session, user, verification } from '@spillway/db';
import type { Db } from '@spillway/db';
import { originOf } from '@spillway/api';
import type { Session } from '@spillway/api';
import { betterAuth } from 'better-auth';
import { drizzleAdapter } from 'better-auth/adapters/drizzle';
import { admin } from 'better-auth/plugins';
import { lastGoodSessions } from './last-good-sessions.ts';
import type { Log } from './log.ts';

const HOUR_S = 60 * 60;
const DAY_S = 24 * HOUR_S;
const MIN_PASSWORD = 12;

export type Auth = ReturnType<typeof createAuth>;

interface AuthOptions {
  readonly db: Db;
  readonly secret: string;
  readonly baseUrl: string | undefined;
  readonly log: Log;
}

/** Operators' sign-in: email and password, sessions in Postgres. Nobody can sign up; operators are created. */
export function createAuth({ db, secret, baseUrl, log }: AuthOptions) {
  const auth = betterAuth({
    appName: 'Spillway',
    // Its own key: what leaks from a session must not help to forge receipts.
    secret: createHmac('sha256', secret).update('spillway sign-in').digest('base64url'),
    basePath: '/api/auth',
    ...(baseUrl !== undefined && { baseURL: baseUrl }),
    // Without a base URL: the site under which the browser itself sees us, and no other.
    trustedOrigins: (request) => (request ? [originOf(request.headers, request.url)] : []),
    database: drizzleAdapter(db, { provider: 'pg', schema: { user, session, account, verification } }),
    emailAndPassword: { enabled: true, disableSignUp: true, minPasswordLength: MIN_PASSWORD },
    plugins: [admin()],
    session: { expiresIn: 7 * DAY_S, updateAge: DAY_S },
    advanced: {
      // By the site's own scheme: a Secure cookie over plain HTTP on a private network would never come back.
      useSecureCookies: baseUrl?.startsWith('https:') ?? false,
      ipAddress: { ipAddressHeaders: ['x-forwarded-for'] },
    },
    telemetry: { enabled: false },
    logger: { level: 'error', log: (level, message) => log[level]({ event: 'auth' }, message) },
  });
  const sessions = lastGoodSessions();

  return {
    handler: auth.handler,
    api: auth.api,
    /** Who is signed in with this request, or null. While Postgres is away: as last seen, for a few minutes. */
    sessionOf(headers: Headers): Promise<Session | null> {
      return sessions.through(headers.get('cookie'), () => auth.api.getSession({ headers }));
    },
  };
}
