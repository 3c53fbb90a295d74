'use client';

import { useMutation } from '@tanstack/react-query';
import { AdminHead } from '#components/admin/admin-head.tsx';
import { useMe } from '#components/admin/me.tsx';
import { Busy } from '#components/form/notice.tsx';
import { Button } from '#components/ui/button.tsx';
import { Card } from '#components/ui/card.tsx';
import { Failure } from '#components/ui/confirm.tsx';
import { Field, textsOf } from '#components/ui/field.tsx';
import { useTRPC } from '#trpc/client.tsx';

/** The page of the user's own account: name, role and password. */
export function Account() {
  const { email, name, role } = useMe();
  const facts = [
    ['Name', name],
    ['Email address', email],
    ['Role', role],
  ] as const;
  return (
    <>
      <AdminHead title="Account" />
      <div className="grid max-w-xl gap-5">
        <Card className="p-5">
          <dl className="grid gap-x-6 gap-y-2 text-sm sm:grid-cols-[8rem_1fr]">
            {facts.map(([label, value]) => (
              <div key={label} className="contents">
                <dt className="text-ink-soft">{label}</dt>
                <dd className="font-medium break-words max-sm:mb-2">{value}</dd>
              </div>
            ))}
          </dl>
        </Card>
        <PasswordForm email={email} />
      </div>
    </>
  );
}

function PasswordForm({ email }: { email: string }) {
  const trpc = useTRPC();
  const change = useMutation(trpc.admin.changePassword.mutationOptions());

  function submit(form: HTMLFormElement) {
    const { current = '', next = '' } = textsOf(form);
    if (!change.isPending) change.mutate({ current, next }, { onSuccess: () => form.reset() });
  }

  return (
    <Card aria-labelledby="password-title" className="p-5">
      <h2 id="password-title" className="text-lg font-semibold tracking-tight">
        Change your password
      </h2>
      <form
        method="post"
        className="mt-4 grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          submit(event.currentTarget);
        }}
      >
        {/* For password managers: whose it is. */}
        <input type="hidden" name="username" autoComplete="username" value={email} readOnly />
        <Field
          label="Present password"
          name="current"
          type="password"
          autoComplete="current-password"
          required
        />
        <Field
          label="New password"
          name="next"
          type="password"
          autoComplete="new-password"
          required
          minLength={12}
          maxLength={128}
          hint="At least 12 characters. Your other sessions end."
        />
        {change.error ? <Failure error={change.error} /> : null}
        <p role="status" className="text-sm text-good empty:hidden">
          {change.isSuccess ? 'Your password was changed.' : null}
        </p>
        <Button type="submit" className="justify-self-start" aria-disabled={change.isPending}>
          {change.isPending ? <Busy>Changing…</Busy> : 'Change password'}
        </Button>
      </form>
    </Card>
  );
}
