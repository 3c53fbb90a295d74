'use client';

import { useMutation } from '@tanstack/react-query';
import { Busy } from '#components/form/notice.tsx';
import { Button } from '#components/ui/button.tsx';
import { countOf } from '#lib/words.ts';
import { useTRPC } from '#trpc/client.tsx';
import { problemOf } from '#trpc/problem.ts';
import { useMay } from './me.tsx';

/** Pushes what waits in Postgres to Redis at once, and says what came of it. */
export function RecoverButton() {
  const mayAct = useMay('operator');
  const trpc = useTRPC();
  const recover = useMutation(trpc.admin.recoverNow.mutationOptions());

  if (!mayAct) return null;
  return (
    <>
      <Button
        variant="outline"
        size="small"
        aria-disabled={recover.isPending}
        onClick={() => recover.isPending || recover.mutate()}
      >
        {recover.isPending ? <Busy>Recovering…</Busy> : 'Recover now'}
      </Button>
      <p role="status" className="basis-full text-sm text-ink-soft tabular-nums empty:hidden">
        {recover.data ? resultOf(recover.data) : null}
        {recover.error
          ? (problemOf(recover.error)?.detail ?? 'The server could not be reached. Nothing is lost by that.')
          : null}
      </p>
    </>
  );
}

function resultOf({ pushed, more }: { pushed: number; more: boolean }): string {
  if (pushed === 0)
    return more
      ? 'Redis is full enough for now; the rest follows by itself.'
      : 'Nothing was waiting to go back to Redis.';
  return `${countOf(pushed, 'submission')} pushed to Redis.${more ? ' The rest follows by itself.' : ''}`;
}
