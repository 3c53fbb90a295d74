import { user } from '@spillway/db';
import type { Db } from '@spillway/db';
import type { Role } from '@spillway/api';
import { genericOAuth } from 'better-auth/plugins';
import { eq } from 'drizzle-orm';
import type { Env } from '#env.ts';

/** The provider's name in addresses: its callback is `/api/auth/callback/sso`. */
export const SSO_PROVIDER = 'sso';

/** Single sign-on by OpenID Connect. */
export interface SsoOptions {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** On the button. */
  readonly name: string;
  /** The claim whose values say who is what, where there is one. Without it, roles are given on the users page. */
  readonly roleClaim: string | undefined;
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
    operators: listOf(env.SPILLWAY_OIDC_OPERATORS),
    admins: listOf(env.SPILLWAY_OIDC_ADMINS),
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

/** Whoever comes by single sign-on has, from then on, the role that the provider's claim says. */
export async function followRoleClaim(db: Db, sso: SsoOptions, account: SignedInAccount): Promise<void> {
  if (account.providerId !== SSO_PROVIDER || sso.roleClaim === undefined || !account.idToken) return;
  const role = roleOfClaims(sso, claimsOf(account.idToken));
  await db.update(user).set({ role }).where(eq(user.id, account.userId));
}

/** The highest role that any of the claim's values stands for; viewer where there is none. */
export function roleOfClaims(
  { roleClaim = '', operators, admins }: Pick<SsoOptions, 'admins' | 'operators' | 'roleClaim'>,
  claims: Readonly<Record<string, unknown>>,
): Role {
  const values = [claims[roleClaim]].flat().map(String);
  if (values.some((value) => admins.includes(value))) return 'admin';
  return values.some((value) => operators.includes(value)) ? 'operator' : 'viewer';
}

/** Of a token that the library has verified: by its signature, issuer, audience and nonce. */
function claimsOf(idToken: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(idToken.split('.')[1] ?? '', 'base64url').toString());
}

function listOf(text: string | undefined): string[] {
  return text?.split(',').map((one) => one.trim()) ?? [];
}
