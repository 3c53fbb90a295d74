import { createHmac, timingSafeEqual } from 'node:crypto';
import { account, session, user, verification } from '@spillway/db';
import type { Db } from '@spillway/db';
import { ApiError, originOf, problemResponse } from '@spillway/api';
import type { RememberedSession, Session } from '@spillway/api';
import { betterAuth } from 'better-auth';
import { getSessionCookie } from 'better-auth/cookies';
import { drizzleAdapter } from 'better-auth/adapters/drizzle';
import { admin } from 'better-auth/plugins';
import type { Log } from '@spillway/observe';
import { signInByPassword } from './password-sign-in.ts';
import { isLost, isRefused } from './postgres-failure.ts';
import { rememberSessions } from './remembered-sessions.ts';
import { dropEarlierToken, followRoleClaim, NO_ROLE, SSO_PROVIDER, ssoPlugin } from './sso.ts';
import type { SignedInAccount, SsoOptions } from './sso.ts';

const SECOND_MS = 1000;
const HOUR_S = 60 * 60;
const DAY_S = 24 * HOUR_S;
const MIN_PASSWORD = 12;
const RETRY_S = 5;
/** How long a request waits for Postgres' answer. A later answer does not count: the request is refused, and nothing else is believed instead. */
const ASK_FOR_MS = 1.5 * SECOND_MS;

export type Auth = ReturnType<typeof createAuth>;

interface AuthOptions {
  readonly db: Db;
  readonly secret: string;
  readonly baseUrl: string | undefined;
  readonly log: Log;
  readonly sso: SsoOptions | undefined;
  /** Whether Postgres is known not to answer at all, as opposed to slowly. */
  readonly isPostgresDown: () => boolean;
}

/**
 * Operators' sign-in: email and password, or single sign-on; sessions in Postgres. Nobody can sign up; operators are
 * created, or come from the single sign-on's provider, without a role until its claim or an admin gives one.
 */
export function createAuth({ db, secret, baseUrl, log, sso, isPostgresDown }: AuthOptions) {
  // Its own key: what leaks from a session must not help to forge receipts.
  const key = createHmac('sha256', secret).update('spillway sign-in').digest('base64url');
  const isSecure = baseUrl?.startsWith('https:') ?? false;
  // With this prefix browsers see to it that no other host of the domain can set one; the library's own goes in front.
  const cookiePrefix = isSecure ? '__Host-spillway' : 'spillway';
  const auth = betterAuth({
    appName: 'Spillway',
    secret: key,
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
    plugins: [admin({ defaultRole: NO_ROLE }), ...(sso ? [ssoPlugin(sso)] : [])],
    session: {
      expiresIn: 7 * DAY_S,
      updateAge: DAY_S,
      // Postgres is asked each time: a cookie would still speak for a session that has ended, with the role of its start.
      cookieCache: { enabled: false },
    },
    // The provider is ours to trust: who has its word for an address is the operator with that address.
    account: { accountLinking: { trustedProviders: [SSO_PROVIDER], requireLocalEmailVerified: false } },
    ...(sso && {
      databaseHooks: {
        account: {
          create: { after: (signedIn: SignedInAccount) => followRoleClaim(db, sso, signedIn) },
          update: {
            before: dropEarlierToken,
            after: (signedIn: SignedInAccount) => followRoleClaim(db, sso, signedIn),
          },
        },
      },
    }),
    advanced: {
      // By the site's own scheme: a Secure cookie over plain HTTP on a private network would never come back.
      useSecureCookies: false,
      cookiePrefix,
      defaultCookieAttributes: { secure: isSecure },
      ipAddress: { ipAddressHeaders: ['x-forwarded-for'] },
    },
    // Three tries in ten seconds for each address, also where NODE_ENV says something else than production.
    rateLimit: { enabled: true },
    telemetry: { enabled: false },
    // Both, lest errors be printed past the log, whole: with the statement's parameters, tokens and hashes.
    onAPIError: { throw: true },
    // A warning: what the library calls an error is what somebody sent. Where we fail, it throws.
    logger: { level: 'error', log: (_level, message) => log.warn({ event: 'auth' }, message) },
  });
  const remembered = rememberSessions(db);
  const tokenOf = (headers: Headers) => verifiedToken(getSessionCookie(headers, { cookiePrefix }), key);

  /** Who is signed in, by Postgres. */
  async function confirm(headers: Headers): Promise<Session | null> {
    const askedAtMs = performance.now();
    const stored = await auth.api.getSession({ headers });
    // The library looks at it when a session begins. A sign-in may have begun just before its user was disabled.
    const found = stored?.user.banned ? null : stored;
    const token = tokenOf(headers);
    if (token !== undefined)
      remembered.note(token, found && { ...found.session, user: found.user }, askedAtMs);
    return found && { user: found.user, sessionId: found.session.id };
  }

  async function signOut(request: Request): Promise<Response> {
    // The library reports success also where it could not delete the session, and takes the cookie away.
    const response = await auth.handler(request);
    if (response.ok && (await confirm(request.headers)))
      throw new Error('The session is still there after the sign-out.');
    return response;
  }

  return {
    /** Answers `/api/auth/*`. What cannot be carried out is a 503, and leaves the cookie as it was. */
    async handler(request: Request): Promise<Response> {
      try {
        const { pathname } = new URL(request.url);
        if (pathname.endsWith('/sign-out')) return await signOut(request);
        if (pathname.endsWith('/sign-in/email')) return await signInByPassword(db, request, auth.handler);
        const response = await auth.handler(request);
        // Of some failures the library makes an answer itself.
        if (response.status >= 500) throw new Error(`The sign-in library answered with ${response.status}.`);
        // The provider's claim may have taken a role away, and ended sessions with it.
        if (pathname.includes('/callback/')) await remembered.renew();
        return response;
      } catch (error) {
        log.error({ event: 'auth', err: error }, 'A sign-in or sign-out could not be carried out.');
        const { problem } = new ApiError('store-unavailable', 'Nothing was changed. Try again in a moment.', {
          retryAfterSeconds: RETRY_S,
        });
        return problemResponse(problem);
      }
    },
    api: auth.api,
    /**
     * Who is signed in with this request, or null. Rejects where Postgres does not say so in time. Only while Postgres is
     * known to be away, a session that it confirmed within the last minutes is remembered.
     */
    async sessionOf(headers: Headers): Promise<Session | RememberedSession | null> {
      try {
        return await within(
          ASK_FOR_MS,
          askTwice(() => confirm(headers)),
        );
      } catch (error) {
        const isAway = isRefused(error) || isPostgresDown();
        const token = tokenOf(headers);
        const known = isAway && token !== undefined ? remembered.find(token) : undefined;
        if (!known) throw error;
        return known;
      }
    },
    /** After a change of users: sessions that have ended are not remembered any more, also if Postgres goes away right after it. */
    usersChanged: () => remembered.renew().catch(() => remembered.forgetAll()),
    /** Stops keeping what is remembered up to date. */
    close: () => remembered.close(),
  };
}

/** Asks again where the connection broke: the new one tells whether the server is there. */
async function askTwice<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!isLost(error)) throw error;
    return ask();
  }
}

/** The session's token in a cookie, if the sign-in library has signed it: `token.HMAC-SHA-256`. */
function verifiedToken(cookie: string | null, key: string): string | undefined {
  const signed = decoded(cookie ?? '');
  const end = signed.lastIndexOf('.');
  const token = signed.slice(0, Math.max(0, end));
  const expected = createHmac('sha256', key).update(token).digest();
  const given = Buffer.from(signed.slice(end + 1), 'base64');
  return given.length === expected.length && timingSafeEqual(given, expected) ? token : undefined;
}

function decoded(cookie: string): string {
  try {
    return decodeURIComponent(cookie);
  } catch {
    return '';
  }
}

/** Rejects where it takes longer; what comes later is ignored. */
async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`no answer within ${ms} ms`)), ms);
  promise.catch(() => {});
  return Promise.race([promise, late.promise]).finally(() => clearTimeout(timer));
}
