'use client';

import type { Me, Role } from '@spillway/api';
import { createContext, use } from 'react';
import type { ReactNode } from 'react';

// Each may do what the ones before may.
const ROLES: readonly Role[] = ['viewer', 'operator', 'admin'];

const MeContext = createContext<Me | undefined>(undefined);
const SandboxContext = createContext(false);

interface MeProviderProps {
  readonly me: Me;
  readonly hasSandbox: boolean;
  readonly children: ReactNode;
}

/** Gives the components inside it the signed-in user, and whether the sandbox that breaks stores exists. */
export function MeProvider({ me, hasSandbox, children }: MeProviderProps) {
  return (
    <MeContext value={me}>
      <SandboxContext value={hasSandbox}>{children}</SandboxContext>
    </MeContext>
  );
}

export function useHasSandbox(): boolean {
  return use(SandboxContext);
}

export function useMe(): Me {
  const me = use(MeContext);
  if (!me) throw new Error('useMe is for components inside of MeProvider.');
  return me;
}

/** Whether to offer what this role may do. Only an offer: the server decides. */
export function useMay(role: Role): boolean {
  return isAtLeast(useMe().role, role);
}

/** Whether a role may do what another may. */
export function isAtLeast(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}
