import type { AdminOverview, Role } from '@spillway/api';
import {
  CircleCheck,
  CircleX,
  Database,
  FlaskConical,
  Gauge,
  ListTodo,
  ScrollText,
  UserRound,
  Users,
  Zap,
} from 'lucide-react';
import type { LucideIcon } from 'lucide-react';
import { LISTS } from './list/lists.ts';
import { isAtLeast, useHasSandbox, useMe } from './me.tsx';

export interface Destination {
  readonly href: string;
  readonly label: string;
  readonly icon: LucideIcon;
  /** The role that the page needs. Default: any signed-in user. */
  readonly role?: Role;
  /** Only where the stores are there to be broken. */
  readonly isSandbox?: true;
  /** How many there are behind it. `undefined`: not known now. */
  readonly count?: (overview: AdminOverview) => Counted | undefined;
}

interface Counted {
  readonly value: number;
  readonly capped: boolean;
}

const DESTINATIONS: readonly Destination[] = [
  { href: '/admin', label: 'Overview', icon: Gauge },
  {
    href: LISTS.postgres.path,
    label: 'In Postgres',
    icon: Database,
    count: ({ postgres }) => heldBy(postgres),
  },
  { href: LISTS.redis.path, label: LISTS.redis.title, icon: Zap, count: ({ redis }) => heldBy(redis) },
  {
    href: LISTS.dead.path,
    label: LISTS.dead.title,
    icon: CircleX,
    count: ({ outcomes }) => outcomes && countedOutcome(outcomes, 'dead'),
  },
  { href: LISTS.processed.path, label: LISTS.processed.title, icon: CircleCheck },
  { href: '/admin/operations', label: 'Operations', icon: ListTodo },
  { href: '/admin/audit', label: 'Audit log', icon: ScrollText },
  { href: '/admin/users', label: 'Users', icon: Users, role: 'admin' },
  { href: '/admin/sandbox', label: 'Sandbox', icon: FlaskConical, role: 'operator', isSandbox: true },
  { href: '/admin/account', label: 'Account', icon: UserRound },
];

/** Counting stops at the same number for each result: those that reached it are the highest. */
export function countedOutcome(
  outcomes: NonNullable<AdminOverview['outcomes']>,
  result: 'done' | 'dead' | 'discarded',
): { readonly value: number; readonly capped: boolean } {
  const { done, dead, discarded, capped } = outcomes;
  const value = outcomes[result];
  return { value, capped: capped && value === Math.max(done, dead, discarded) };
}

/** The pages that the signed-in user may open, with the names that the navigation and the palette show. */
export function useDestinations(): readonly Destination[] {
  const me = useMe();
  const hasSandbox = useHasSandbox();
  return DESTINATIONS.filter(
    ({ role = 'viewer', isSandbox = false }) => isAtLeast(me.role, role) && (hasSandbox || !isSandbox),
  );
}

/** All that a store holds unsettled. */
function heldBy({ depth }: AdminOverview['redis']): Counted | undefined {
  return depth && { value: depth.ready + depth.delayed + depth.active, capped: depth.capped };
}
