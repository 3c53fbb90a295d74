'use client';

import { useEffect, useRef, useState } from 'react';
import type { FormEvent } from 'react';
import { Busy } from '#components/form/notice.tsx';
import { Button } from '#components/ui/button.tsx';
import { Input } from '#components/ui/input.tsx';
import { signIn } from '#lib/auth-client.ts';

/** Email and password. Says why a sign-in failed, but never which of the two was wrong. */
export function SignInForm() {
  const [failure, setFailure] = useState<{ readonly message: string }>();
  const [isBusy, setBusy] = useState(false);
  const alert = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (failure) alert.current?.focus();
  }, [failure]);

  async function submit(form: HTMLFormElement) {
    if (isBusy) return;
    const { email, password } = Object.fromEntries(new FormData(form));
    if (typeof email !== 'string' || typeof password !== 'string') return;
    setBusy(true);
    const message = await signIn(email, password);
    if (message === undefined) return window.location.assign('/admin');
    setBusy(false);
    setFailure({ message });
  }

  function onSubmit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    void submit(event.currentTarget);
  }

  return (
    // By post, so that a press before the script has loaded does not put the password into the address.
    <form method="post" noValidate onSubmit={onSubmit} className="grid gap-5">
      {failure ? (
        <div
          ref={alert}
          role="alert"
          tabIndex={-1}
          className="rounded-xl border border-bad/50 bg-bad-soft px-4 py-3 font-medium text-bad"
        >
          {failure.message}
        </div>
      ) : null}
      <div>
        <label htmlFor="email" className="mb-1.5 block font-semibold">
          Email address
        </label>
        <Input id="email" name="email" type="email" autoComplete="username" spellCheck={false} />
      </div>
      <div>
        <label htmlFor="password" className="mb-1.5 block font-semibold">
          Password
        </label>
        <Input id="password" name="password" type="password" autoComplete="current-password" />
      </div>
      <Button type="submit" size="large" aria-disabled={isBusy}>
        {isBusy ? <Busy>Signing in…</Busy> : 'Sign in'}
      </Button>
      <noscript>
        <p className="text-sm text-ink-soft">The operations page is live and needs JavaScript.</p>
      </noscript>
    </form>
  );
}
