'use client';

import type { Role, UserView } from '@spillway/api';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { FormEvent } from 'react';
import { Busy } from '#components/form/notice.tsx';
import { Button } from '#components/ui/button.tsx';
import { Failure } from '#components/ui/confirm.tsx';
import { Dialog } from '#components/ui/dialog.tsx';
import { Field, textsOf } from '#components/ui/field.tsx';
import { Select } from '#components/ui/input.tsx';
import { createApiClient, useTRPC } from '#trpc/client.tsx';

/** What an admin is about to do. */
export type Deed =
  | { readonly kind: 'create' }
  | { readonly kind: 'role' | 'password' | 'disable' | 'enable' | 'remove'; readonly user: UserView };

const WORDS = {
  create: {
    title: 'New user',
    verb: 'Create',
    text: 'Tell them the password yourself; they can change it under Account.',
  },
  role: { title: 'Change the role', verb: 'Change', text: 'It applies from their next request.' },
  password: {
    title: 'Set a new password',
    verb: 'Set password',
    text: 'All their sessions end; they sign in with the new one.',
  },
  disable: {
    title: 'Disable',
    verb: 'Disable',
    text: 'All their sessions end, and they cannot sign in until you enable them again.',
  },
  enable: { title: 'Enable', verb: 'Enable', text: 'They can sign in again.' },
  remove: {
    title: 'Remove',
    verb: 'Remove',
    text: 'The user is deleted. Their actions stay in the audit log.',
  },
} as const;

/** Asks for the input of an action on a user, says what will happen, and does it. */
export function UserDialog({ deed, onClose }: { deed: Deed | undefined; onClose: () => void }) {
  // The last question stays visible while the dialog fades out.
  const [last, setLast] = useState(deed);
  if (deed && deed !== last) setLast(deed);
  const shown = deed ?? last;
  return (
    <Dialog
      open={deed !== undefined}
      onClose={onClose}
      role="alertdialog"
      title={shown ? WORDS[shown.kind].title : ''}
    >
      {shown ? <DeedForm key={JSON.stringify(shown)} deed={shown} onClose={onClose} /> : null}
    </Dialog>
  );
}

function DeedForm({ deed, onClose }: { deed: Deed; onClose: () => void }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const { verb, text } = WORDS[deed.kind];
  const perform = useMutation({
    mutationFn: (texts: Readonly<Record<string, string>>) => carryOut(deed, texts),
    onSuccess: async () => {
      await queryClient.invalidateQueries(trpc.admin.users.list.queryFilter());
      onClose();
    },
  });
  const isDestructive = deed.kind === 'disable' || deed.kind === 'remove';

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (!perform.isPending) perform.mutate(textsOf(event.currentTarget));
  }

  return (
    <form method="post" onSubmit={submit} className="mt-2 grid gap-4">
      <p className="text-sm text-ink-soft">
        {deed.kind === 'create' ? null : (
          <strong className="block break-all text-ink">{deed.user.email}</strong>
        )}
        {text}
      </p>
      <Fields deed={deed} />
      {perform.error ? <Failure error={perform.error} /> : null}
      <div className="mt-2 flex flex-col-reverse gap-2 sm:flex-row sm:justify-end">
        <Button variant="outline" onClick={onClose}>
          Cancel
        </Button>
        <Button
          type="submit"
          variant={isDestructive ? 'danger-strong' : 'primary'}
          aria-disabled={perform.isPending}
        >
          {perform.isPending ? <Busy>{verb}…</Busy> : verb}
        </Button>
      </div>
    </form>
  );
}

function Fields({ deed }: { deed: Deed }) {
  if (deed.kind === 'create') {
    return (
      <>
        <Field label="Email address" name="email" type="email" autoComplete="off" required />
        <Field label="Name" name="name" autoComplete="off" required />
        <RoleField value="viewer" />
        <PasswordField />
      </>
    );
  }
  if (deed.kind === 'role') return <RoleField value={deed.user.role ?? 'viewer'} />;
  return deed.kind === 'password' ? <PasswordField /> : null;
}

function PasswordField() {
  return (
    <Field
      label="Password"
      name="password"
      type="password"
      autoComplete="new-password"
      required
      minLength={12}
      maxLength={128}
      hint="At least 12 characters."
    />
  );
}

const ROLES: Record<Role, string> = {
  viewer: 'Viewer: sees everything',
  operator: 'Operator: also retries, discards, requeues and pauses',
  admin: 'Admin: also manages users',
};

function RoleField({ value }: { value: Role }) {
  return (
    <label className="block text-sm font-semibold">
      Role
      <Select name="role" defaultValue={value} className="mt-1.5 font-normal">
        {Object.entries(ROLES).map(([name, label]) => (
          <option key={name} value={name}>
            {label}
          </option>
        ))}
      </Select>
    </label>
  );
}

function isRole(text: string): text is Role {
  return text in ROLES;
}

async function carryOut(
  deed: Deed,
  { email = '', name = '', password = '', role: chosen = '' }: Readonly<Record<string, string>>,
) {
  const { users } = createApiClient().admin;
  const role = isRole(chosen) ? chosen : 'viewer';
  if (deed.kind === 'create') return void (await users.create.mutate({ email, name, role, password }));
  const { id } = deed.user;
  if (deed.kind === 'role') await users.setRole.mutate({ id, role });
  else if (deed.kind === 'password') await users.setPassword.mutate({ id, password });
  else await users[deed.kind].mutate({ id });
}
