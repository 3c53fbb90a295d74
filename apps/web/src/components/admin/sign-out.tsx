'use client';

import { Button } from '#components/ui/button.tsx';
import { signOut } from '#lib/auth-client.ts';
import { cn } from '#lib/cn.ts';
import { useState } from 'react';

export function SignOut({ email }: { email: string }) {
  const [hasFailed, setFailed] = useState(false);

  async function leave() {
    if (await signOut()) window.location.assign('/admin/sign-in');
    else setFailed(true);
  }

  return (
    <div className="flex min-w-0 items-center gap-2">
      <span className={cn('truncate text-sm text-ink-soft', !hasFailed && 'max-sm:hidden')} role="status">
        {hasFailed ? 'Not signed out: try again in a moment.' : email}
      </span>
      <Button variant="quiet" size="small" onClick={() => void leave()}>
        Sign out
      </Button>
    </div>
  );
}
