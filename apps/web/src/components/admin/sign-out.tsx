'use client';

import { useState } from 'react';
import { Button } from '#components/ui/button.tsx';
import { signOut } from '#lib/auth-client.ts';

export function SignOut() {
  const [hasFailed, setFailed] = useState(false);

  async function leave() {
    if (await signOut()) window.location.assign('/admin/sign-in');
    else setFailed(true);
  }

  return (
    <>
      <Button variant="quiet" size="small" className="-ms-3 justify-self-start" onClick={() => void leave()}>
        Sign out
      </Button>
      <p role="status" className="text-sm text-bad empty:hidden">
        {hasFailed ? 'Not signed out: try again in a moment.' : null}
      </p>
    </>
  );
}
