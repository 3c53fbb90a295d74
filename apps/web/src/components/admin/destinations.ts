import type { AdminOverview, Role } from '@spillway/api';
import { CircleCheck, CircleX, Database, Gauge, ListTodo, Zap } from 'lucide-react';
import type { LucideIcon } from 'lucide-react';
import { LISTS } from './list/lists.ts';

export interface Destination {
  readonly href: string;
  readonly label: string;
  readonly icon: LucideIcon;
  /** Who may go there. Default: everyone who signed in. */
  readonly role?: Role;
  /** How many there are behind it. `undefined`: not known now. */
  readonly count?: (overview: AdminOverview) => Counted | undefined;
}

interface Counted {
  readonly value: number;
  readonly capped: boolean;
}

/** The operator's pages, as the navigation and the command palette name them. */
export const DESTINATIONS: readonly Destination[] = [
  { href: '/admin', label: 'Overview', icon: Gauge },
  {
    href: LISTS.postgres.path,
    label: LISTS.postgres.title,
    icon: Database,
    count: ({ postgres }) => heldBy(postgres),
  },
  { href: LISTS.redis.path, label: LISTS.redis.title, icon: Zap, count: ({ redis }) => heldBy(redis) },
  {
    href: LISTS.dead.path,
    label: LISTS.dead.title,
    icon: CircleX,
    count: ({ outcomes }) => outcomes && { value: outcomes.dead, capped: outcomes.capped },
  },
  { href: LISTS.processed.path, label: LISTS.processed.title, icon: CircleCheck },
  { href: '/admin/operations', label: 'Operations', icon: ListTodo },
];

/** All that a store holds unsettled. */
function heldBy({ depth }: AdminOverview['redis']): Counted | undefined {
  return depth && { value: depth.ready + depth.delayed + depth.active, capped: depth.capped };
}
