'use client';

import { useState } from 'react';
import { Busy } from '#components/form/notice.tsx';
import { Button } from '#components/ui/button.tsx';
import { signInElsewhere } from '#lib/auth-client.ts';

interface SsoButtonProps {
  /** As the provider is called here. */
  readonly name: string;
  /** One comes back from the provider, and it did not let one in. */
  readonly hasFailed: boolean;
}

/** The way in through the house's own sign-in. */
export function SsoButton({ name, hasFailed }: SsoButtonProps) {
  const [failure, setFailure] = useState(
    hasFailed ? `${name} refused the sign-in. Try again, or use your password.` : undefined,
  );
  const [isBusy, setBusy] = useState(false);

  async function leave() {
    if (isBusy) return;
    setBusy(true);
    setFailure(await signInElsewhere());
    setBusy(false);
  }

  return (
    <div className="mb-6 grid gap-3 border-b border-line pb-6">
      {failure === undefined ? null : (
        <p
          role="alert"
          className="rounded-xl border border-bad/50 bg-bad-soft px-4 py-3 font-medium text-bad"
        >
          {failure}
        </p>
      )}
      <Button variant="outline" size="large" aria-disabled={isBusy} onClick={() => void leave()}>
        {isBusy ? <Busy>Redirecting…</Busy> : `Sign in with ${name}`}
      </Button>
    </div>
  );
}
