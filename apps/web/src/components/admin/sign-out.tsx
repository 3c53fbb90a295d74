'use client';

import { Button } from '#components/ui/button.tsx';
import { signOut } from '#lib/auth-client.ts';
import { useState } from 'react';

export function SignOut({ email }: { email: string }) {
  const [hasFailed, setFailed] = useState(false);

  async function leave() {
    if (await signOut()) window.location.assign('/admin/sign-in');
    else setFailed(true);
  }

  return (
    <div className="flex min-w-0 items-center gap-2">
      <span className="hidden truncate text-sm text-ink-soft sm:block" role="status">
        {hasFailed ? 'Not signed out: the server could not be told.' : email}
      </span>
      <Button variant="quiet" size="small" onClick={() => void leave()}>
        Sign out
      </Button>
    </div>
  );
}
