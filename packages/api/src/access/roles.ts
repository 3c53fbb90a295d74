import type { SignedInUser } from './session.ts';
import type { Role } from '../wire.ts';

/** From the least to the most. */
const ROLES = ['viewer', 'operator', 'admin'] as const satisfies readonly Role[];

/** The highest of someone's roles, which are separated by commas. `undefined`: nothing here is theirs to see. */
export function roleOf({ user }: { readonly user: Pick<SignedInUser, 'role'> }): Role | undefined {
  const named = new Set(user.role?.split(','));
  return ROLES.findLast((role) => named.has(role));
}

/** Whether a role includes another. */
export function includesRole(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}
