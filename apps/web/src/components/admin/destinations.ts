import type { AdminOverview, Role } from '@spillway/api';
import { Gauge } from 'lucide-react';
import type { LucideIcon } from 'lucide-react';

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
export const DESTINATIONS: readonly Destination[] = [{ href: '/admin', label: 'Overview', icon: Gauge }];
