'use client';

import type { UserView } from '@spillway/api';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { AdminHead } from '#components/admin/admin-head.tsx';
import { useMay, useMe } from '#components/admin/me.tsx';
import { LocalTime } from '#components/local-time.tsx';
import { Badge } from '#components/ui/badge.tsx';
import { Button } from '#components/ui/button.tsx';
import { Card } from '#components/ui/card.tsx';
import { Failure } from '#components/ui/confirm.tsx';
import { Skeleton } from '#components/ui/skeleton.tsx';
import { useTRPC } from '#trpc/client.tsx';
import { UserDialog } from './user-dialog.tsx';
import type { Deed } from './user-dialog.tsx';

/** The users who may sign in, and their roles. */
export function Users() {
  const trpc = useTRPC();
  const mayAdminister = useMay('admin');
  const { data, error } = useQuery(trpc.admin.users.list.queryOptions(undefined, { retry: false }));
  const [deed, setDeed] = useState<Deed>();
  return (
    <>
      <AdminHead title="Users">
        Viewers see everything. Operators also retry, discard, requeue and pause. Admins also manage users.
      </AdminHead>
      <Card aria-label="Users">
        {mayAdminister ? (
          <div className="flex justify-end p-3">
            <Button size="small" onClick={() => setDeed({ kind: 'create' })}>
              New user
            </Button>
          </div>
        ) : null}
        {error ? (
          <div className={mayAdminister ? 'px-5 pb-5' : 'p-5'}>
            <Failure error={error} />
          </div>
        ) : null}
        {data ? (
          <List users={data} onDeed={setDeed} />
        ) : error ? null : (
          <Skeleton className="m-5 mt-0 h-24" />
        )}
      </Card>
      <UserDialog deed={deed} onClose={() => setDeed(undefined)} />
    </>
  );
}

interface ListProps {
  readonly users: readonly UserView[];
  readonly onDeed: (deed: Deed) => void;
}

function List({ users, onDeed }: ListProps) {
  const { email } = useMe();
  return (
    <ul className="border-t border-line text-sm">
      {users.map((user) => (
        <li
          key={user.id}
          className="grid items-center gap-x-6 gap-y-2 border-b border-line/70 px-5 py-3 last:border-b-0 md:grid-cols-[minmax(0,1fr)_6rem_20rem]"
        >
          <div className="min-w-0">
            <p className="flex flex-wrap items-center gap-2">
              <span className="font-medium break-all">{user.email}</span>
              {user.email === email ? <Badge tone="accent">You</Badge> : null}
              {user.disabled ? <Badge tone="bad">Disabled</Badge> : null}
            </p>
            <p className="text-ink-soft">
              {user.name}, since <LocalTime at={user.createdAt} />
              {user.hasPassword ? null : ', by single sign-on'}
            </p>
          </div>
          <Badge className="justify-self-start">{user.role ?? 'no role'}</Badge>
          {user.email === email ? (
            <p className="text-ink-soft md:text-end">Your own password: see Account.</p>
          ) : (
            <Deeds user={user} onDeed={onDeed} />
          )}
        </li>
      ))}
    </ul>
  );
}

function Deeds({ user, onDeed }: { user: UserView; onDeed: (deed: Deed) => void }) {
  const deeds = [
    ['Role', { kind: 'role', user }],
    ['Password', { kind: 'password', user }],
    user.disabled ? ['Enable', { kind: 'enable', user }] : ['Disable', { kind: 'disable', user }],
    ['Remove', { kind: 'remove', user }],
  ] as const satisfies readonly (readonly [string, Deed])[];
  return (
    <div className="-ms-3 flex flex-wrap gap-x-1 md:-me-3 md:justify-end">
      {deeds.map(([label, deed]) => (
        <Button
          key={label}
          variant="quiet"
          size="small"
          className={label === 'Remove' ? 'text-bad hover:text-bad' : ''}
          aria-label={`${label}: ${user.email}`}
          onClick={() => onDeed(deed)}
        >
          {label}
        </Button>
      ))}
    </div>
  );
}
