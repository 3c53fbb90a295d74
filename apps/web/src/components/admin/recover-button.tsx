'use client';

import { Busy } from '#components/form/notice.tsx';
import { Button } from '#components/ui/button.tsx';
import { useMay } from './me.tsx';
import { useRecover, wordsOf } from './recover.ts';

/** Pushes the rows that wait in Postgres to Redis at once, and shows the result. */
export function RecoverButton() {
  const mayAct = useMay('operator');
  const recover = useRecover();

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
        {wordsOf(recover)}
      </p>
    </>
  );
}
