import { createHmac } from 'node:crypto';
import { account, session, user, verification } from '@spillway/db';
import type { Db } from '@spillway/db';
import { ApiError, originOf, problemResponse } from '@spillway/api';
import type { Session } from '@spillway/api';
import { betterAuth } from 'better-auth';
import { drizzleAdapter } from 'better-auth/adapters/drizzle';
import { admin } from 'better-auth/plugins';
import type { Log } from '@spillway/observe';
import { dropEarlierToken, followRoleClaim, NO_ROLE, SSO_PROVIDER, ssoPlugin } from './sso.ts';
import type { SignedInAccount, SsoOptions } from './sso.ts';

const SECOND_MS = 1000;
const HOUR_S = 60 * 60;
const DAY_S = 24 * HOUR_S;
const MIN_PASSWORD = 12;
const RETRY_S = 5;
const MAX_ENDED = 1000;
/** How long Postgres is waited for before the cookie's word is taken. */
const ASK_FOR_MS = 1.5 * SECOND_MS;

export type Auth = ReturnType<typeof createAuth>;

interface AuthOptions {
  readonly db: Db;
  readonly secret: string;
  readonly baseUrl: string | undefined;
  readonly log: Log;
  readonly sso: SsoOptions | undefined;
}

/**
 * Operators' sign-in: email and password, or single sign-on; sessions in Postgres. Nobody can sign up; operators are
 * created, or come from the single sign-on's provider, without a role until its claim or an admin gives one.
 */
export function createAuth({ db, secret, baseUrl, log, sso }: AuthOptions) {
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
    plugins: [admin({ defaultRole: NO_ROLE }), ...(sso ? [ssoPlugin(sso)] : [])],
    session: {
      expiresIn: 7 * DAY_S,
      updateAge: DAY_S,
      // Signed, and believed only while Postgres cannot be asked (`sessionOf`), so it may live as long as the session.
      cookieCache: { enabled: true, maxAge: 7 * DAY_S },
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
    // A warning: what the library calls an error is what somebody sent. Where we fail, it throws.
    logger: { level: 'error', log: (_level, message) => log.warn({ event: 'auth' }, message) },
  });
  /** By Postgres, whatever the cookie says. */
  const ask = (headers: Headers) => auth.api.getSession({ headers, query: { disableCookieCache: true } });

  /** Signed out of here: their cookies are not believed while Postgres is away, should somebody have kept them. */
  const ended = new Set<string>();

  async function signOut(request: Request): Promise<Response> {
    // The library says success also where it could not delete the session, and takes the cookie away.
    const before = await ask(request.headers);
    const response = await auth.handler(request);
    if (!response.ok) return response;
    if (await ask(request.headers)) throw new Error('The session is still there after the sign-out.');
    if (before) remember(ended, before.session.id);
    return response;
  }

  /** After single sign-on the library's cookie remembers the user as before: with the role that the claim has just taken away. */
  async function withStoredUser(response: Response): Promise<Response> {
    const { sessionData, sessionToken } = (await auth.$context).authCookies;
    const set = response.headers.getSetCookie();
    const token = set.find((cookie) => cookie.startsWith(`${sessionToken.name}=`));
    if (token === undefined) return response;
    const headers = new Headers({ cookie: token.split(';', 1)[0] ?? '' });
    const asked = await auth.api.getSession({
      headers,
      query: { disableCookieCache: true },
      returnHeaders: true,
    });
    const isCurrent = (cookie: string) => !cookie.startsWith(`${sessionData.name}=`);
    const fresh = new Headers(response.headers);
    fresh.delete('set-cookie');
    for (const cookie of [...set.filter(isCurrent), ...asked.headers.getSetCookie()])
      fresh.append('set-cookie', cookie);
    return new Response(response.body, { status: response.status, headers: fresh });
  }

  return {
    /** Answers `/api/auth/*`. What cannot be carried out is a 503, and leaves the cookie as it was. */
    async handler(request: Request): Promise<Response> {
      try {
        const { pathname } = new URL(request.url);
        if (pathname.endsWith('/sign-out')) return await signOut(request);
        const response = await auth.handler(request);
        return pathname.includes('/callback/') ? await withStoredUser(response) : response;
      } catch (error) {
        log.error({ event: 'auth', err: error }, 'A sign-in or sign-out could not be carried out.');
        const { problem } = new ApiError('store-unavailable', 'Nothing was changed. Try again in a moment.', {
          retryAfterSeconds: RETRY_S,
        });
        return problemResponse(problem);
      }
    },
    api: auth.api,
    /** Who is signed in with this request, or null. While Postgres cannot be asked: as the signed cookie remembers it. */
    async sessionOf(headers: Headers): Promise<Session | null> {
      try {
        return toSession(await within(ASK_FOR_MS, ask(headers)), false);
      } catch (error) {
        const { sessionData } = (await auth.$context).authCookies;
        // Without that cookie the library would ask Postgres again.
        if (!headers.get('cookie')?.includes(sessionData.name)) throw error;
        const remembered = toSession(await auth.api.getSession({ headers }), true);
        if (remembered?.sessionId !== undefined && ended.has(remembered.sessionId)) throw error;
        return remembered;
      }
    },
  };
}

interface Found {
  readonly user: Session['user'];
  readonly session: { readonly id: string };
}

function toSession(found: Found | null, isRemembered: boolean): Session | null {
  return found && { user: found.user, sessionId: found.session.id, isRemembered };
}

/** The latest ones; a session that is older has probably expired. */
function remember(ids: Set<string>, id: string): void {
  ids.add(id);
  for (const oldest of ids) {
    if (ids.size <= MAX_ENDED) return;
    ids.delete(oldest);
  }
}

/** Rejects where it takes longer; what comes later is nobody's. */
async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`no answer within ${ms} ms`)), ms);
  promise.catch(() => {});
  return Promise.race([promise, late.promise]).finally(() => clearTimeout(timer));
}
