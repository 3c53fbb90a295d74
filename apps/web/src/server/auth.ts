import { createHmac } from 'node:crypto';
import { account, session, user, verification } from '@spillway/db';
import type { Db } from '@spillway/db';
import { ApiError, originOf, problemResponse } from '@spillway/api';
import type { Session } from '@spillway/api';
import { betterAuth } from 'better-auth';
import { drizzleAdapter } from 'better-auth/adapters/drizzle';
import { admin } from 'better-auth/plugins';
import { lastGoodSessions } from './last-good-sessions.ts';
import type { Log } from '@spillway/observe';

const HOUR_S = 60 * 60;
const DAY_S = 24 * HOUR_S;
const MIN_PASSWORD = 12;
const RETRY_S = 5;

export type Auth = ReturnType<typeof createAuth>;

interface AuthOptions {
  readonly db: Db;
  readonly secret: string;
  readonly baseUrl: string | undefined;
  readonly log: Log;
}

/** Operators' sign-in: email and password, sessions in Postgres. Nobody can sign up; operators are created. */
export function createAuth({ db, secret, baseUrl, log }: AuthOptions) {
  const isSecure = baseUrl?.startsWith('https:') ?? false;
  const auth = betterAuth({
    appName: 'Spillway',
    // Its own key: what leaks from a session must not help to forge receipts.
    secret: createHmac('sha256', secret).update('spillway sign-in').digest('base64url'),
    basePath: '/api/auth',
    ...(baseUrl !== undefined && { baseURL: baseUrl }),
    // Without a base URL: the site under which the browser itself sees us, and no other.
    trustedOrigins: (request) => (request ? [originOf(request.headers, request.url)] : []),
    // In a transaction: a user whose password was not stored could never sign in, nor be created again.
    database: drizzleAdapter(db, {
      provider: 'pg',
      schema: { user, session, account, verification },
      transaction: true,
    }),
    emailAndPassword: { enabled: true, disableSignUp: true, minPasswordLength: MIN_PASSWORD },
    plugins: [admin()],
    session: { expiresIn: 7 * DAY_S, updateAge: DAY_S },
    advanced: {
      // By the site's own scheme: a Secure cookie over plain HTTP on a private network would never come back.
      // With this prefix browsers see to it that no other host of the domain can set one; the library's own goes in front.
      useSecureCookies: false,
      cookiePrefix: isSecure ? '__Host-spillway' : 'spillway',
      defaultCookieAttributes: { secure: isSecure },
      ipAddress: { ipAddressHeaders: ['x-forwarded-for'] },
    },
    // Three tries in ten seconds for each address, also where NODE_ENV says something else than production.
    rateLimit: { enabled: true },
    telemetry: { enabled: false },
    // Both, lest errors be printed past the log, whole: with the statement's parameters, tokens and hashes.
    onAPIError: { throw: true },
    logger: { level: 'error', log: (level, message) => log[level]({ event: 'auth' }, message) },
  });
  const sessions = lastGoodSessions();

  async function signOut(request: Request): Promise<Response> {
    // The library says success also where it could not delete the session, and takes the cookie away.
    const before = await auth.api.getSession({ headers: request.headers });
    const response = await auth.handler(request);
    if (!response.ok) return response;
    if (await auth.api.getSession({ headers: request.headers })) {
      throw new Error('The session is still there after the sign-out.');
    }
    if (before) sessions.forget(before.session.id);
    return response;
  }

  return {
    /** Answers `/api/auth/*`. What cannot be carried out is a 503, and leaves the cookie as it was. */
    async handler(request: Request): Promise<Response> {
      try {
        const isSignOut = new URL(request.url).pathname.endsWith('/sign-out');
        return await (isSignOut ? signOut(request) : auth.handler(request));
      } catch (error) {
        log.error({ event: 'auth', err: error }, 'A sign-in or sign-out could not be carried out.');
        const { problem } = new ApiError('store-unavailable', 'Nothing was changed. Try again in a moment.', {
          retryAfterSeconds: RETRY_S,
        });
        return problemResponse(problem);
      }
    },
    api: auth.api,
    /** Who is signed in with this request, or null. While Postgres is away: as last seen, for a few minutes. */
    async sessionOf(headers: Headers): Promise<Session | null> {
      const { sessionToken } = (await auth.$context).authCookies;
      const cookie = cookieOf(headers, sessionToken.name);
      return sessions.through(cookie, () => auth.api.getSession({ headers }));
    },
  };
}

/** The first one counts, as for the library. */
function cookieOf(headers: Headers, name: string): string | undefined {
  const pairs = headers.get('cookie')?.split(';') ?? [];
  const found = pairs.map((pair) => pair.trim()).find((pair) => pair.startsWith(`${name}=`));
  return found?.slice(name.length + 1);
}
