import { session, user } from '@spillway/db';
import type { Db } from '@spillway/db';
import type { Role } from '@spillway/api';
import { genericOAuth } from 'better-auth/plugins';
import { eq } from 'drizzle-orm';
import type { Env } from '#env.ts';

/** The provider's name in addresses: its callback is `/api/auth/callback/sso`. */
export const SSO_PROVIDER = 'sso';

/** The stored role of a user who has none. It is not one of the roles, so every procedure refuses it. */
export const NO_ROLE = 'none';

/** Single sign-on by OpenID Connect. */
export interface SsoOptions {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** On the button. */
  readonly name: string;
  /** The claim whose values stand for roles. Without it, an admin gives roles on the users page. */
  readonly roleClaim: string | undefined;
  readonly viewers: readonly string[];
  readonly operators: readonly string[];
  readonly admins: readonly string[];
}

/** `undefined`: none is set up. The environment has been checked: all three or none. */
export function ssoOf(env: Env): SsoOptions | undefined {
  const { SPILLWAY_OIDC_ISSUER: issuer, SPILLWAY_OIDC_CLIENT_ID: clientId } = env;
  const { SPILLWAY_OIDC_CLIENT_SECRET: clientSecret } = env;
  if (issuer === undefined || clientId === undefined || clientSecret === undefined) return undefined;
  return {
    issuer,
    clientId,
    clientSecret,
    name: env.SPILLWAY_OIDC_NAME,
    roleClaim: env.SPILLWAY_OIDC_ROLE_CLAIM,
    viewers: env.SPILLWAY_OIDC_VIEWERS ?? [],
    operators: env.SPILLWAY_OIDC_OPERATORS ?? [],
    admins: env.SPILLWAY_OIDC_ADMINS ?? [],
  };
}

export function ssoPlugin({ issuer, clientId, clientSecret, name }: SsoOptions) {
  return genericOAuth({
    config: [
      {
        providerId: SSO_PROVIDER,
        name,
        discoveryUrl: `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
        requireIdTokenVerification: true,
        clientId,
        clientSecret,
        scopes: ['openid', 'email', 'profile'],
        mapProfileToUser: withoutUnverifiedAddress,
      },
    ],
  });
}

/** What the library tells of an account that was just signed in with. */
export interface SignedInAccount {
  readonly providerId: string;
  readonly userId: string;
  readonly idToken?: string | null | undefined;
}

/**
 * Sets the role that the provider's claim stands for, at each sign-in. Without a matching value, or without an ID token,
 * the user has no role. A changed role ends the sessions that began under the earlier one.
 */
export async function followRoleClaim(db: Db, sso: SsoOptions, account: SignedInAccount): Promise<void> {
  if (account.providerId !== SSO_PROVIDER || sso.roleClaim === undefined) return;
  const { userId, idToken } = account;
  const role = (idToken ? roleOfClaims(sso, claimsOf(idToken)) : undefined) ?? NO_ROLE;
  await db.transaction(async (tx) => {
    const isSame = eq(user.id, userId);
    const [before] = await tx.select({ role: user.role }).from(user).where(isSame).for('update');
    if (before?.role === role) return;
    await tx.update(user).set({ role }).where(isSame);
    await tx.delete(session).where(eq(session.userId, userId));
  });
}

/** A sign-in without an ID token must not be judged by the token of an earlier sign-in, which the library would keep. */
export function dropEarlierToken(change: Partial<SignedInAccount>) {
  const isWithout = change.providerId === SSO_PROVIDER && !change.idToken;
  return Promise.resolve(isWithout ? { data: { idToken: null } } : undefined);
}

/** The highest role that any of the claim's values stands for. Only texts count: nothing is converted to one. */
export function roleOfClaims(
  {
    roleClaim = '',
    viewers,
    operators,
    admins,
  }: Pick<SsoOptions, 'admins' | 'operators' | 'roleClaim' | 'viewers'>,
  claims: Readonly<Record<string, unknown>>,
): Role | undefined {
  const claim = Object.hasOwn(claims, roleClaim) ? claims[roleClaim] : undefined;
  const given = new Set<unknown>(Array.isArray(claim) ? claim : [claim]);
  const isGiven = (value: string) => given.has(value);
  if (admins.some(isGiven)) return 'admin';
  if (operators.some(isGiven)) return 'operator';
  return viewers.some(isGiven) ? 'viewer' : undefined;
}

/** Of a token that the library has verified: by its signature, issuer, audience and nonce. */
function claimsOf(idToken: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(idToken.split('.')[1] ?? '', 'base64url').toString());
}

/**
 * An address makes its owner the operator with that address. Where the provider says of it anything else than that it is
 * verified, it is dropped, and the library then refuses the sign-in. A provider that never says so is believed.
 */
export function withoutUnverifiedAddress(profile: Readonly<Record<string, unknown>>): { email?: string } {
  const verified = profile['email_verified'];
  return verified === undefined || verified === true || verified === 'true' ? {} : { email: '' };
}
