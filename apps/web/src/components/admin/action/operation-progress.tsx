'use client';

import type { Operation } from '@spillway/api';
import { useMutation } from '@tanstack/react-query';
import { useSubscription } from '@trpc/tanstack-react-query';
import Link from 'next/link';
import { useEffect, useEffectEvent, useState } from 'react';
import { Busy } from '#components/form/notice.tsx';
import { Button, buttonVariants } from '#components/ui/button.tsx';
import { Progress } from '#components/ui/progress.tsx';
import { count } from '#lib/words.ts';
import { useTRPC } from '#trpc/client.tsx';
import { problemOf } from '#trpc/problem.ts';
import { ACTIONS, resultOf } from './actions.ts';

interface OperationProgressProps {
  readonly id: string;
  readonly onClose: () => void;
  readonly onEnd: (() => void) | undefined;
}

/** A running operation: its progress, a button to cancel it, and its result. */
export function OperationProgress({ id, onClose, onEnd }: OperationProgressProps) {
  const trpc = useTRPC();
  // Not the stream's own data: it is gone when the stream ends, which it does with the operation.
  const [operation, setOperation] = useState<Operation>();
  useSubscription(trpc.admin.watchOperation.subscriptionOptions({ id }, { onData: setOperation }));
  const cancel = useMutation(trpc.admin.cancel.mutationOptions());
  const hasEnded = operation !== undefined && operation.state !== 'running';
  const end = useEffectEvent(() => onEnd?.());
  useEffect(() => {
    if (hasEnded) end();
  }, [hasEnded]);

  return (
    <div className="mt-4">
      {operation ? <ProgressBar operation={operation} /> : <Busy>Starting…</Busy>}
      <p className="mt-3 text-sm text-ink-soft">
        {hasEnded
          ? 'Each change is in the audit log.'
          : 'It continues when you close this dialog; the page Operations shows its progress.'}
      </p>
      {cancel.error ? (
        <p role="alert" className="mt-3 rounded-lg bg-bad-soft px-3 py-2 text-sm text-bad">
          {problemOf(cancel.error)?.detail ?? 'The server could not be reached: the operation may continue.'}
        </p>
      ) : null}
      <div className="mt-6 flex flex-col-reverse gap-2 sm:flex-row sm:justify-end">
        {hasEnded ? null : (
          <Button
            variant="outline"
            aria-disabled={cancel.isPending}
            onClick={() => cancel.isPending || cancel.mutate({ id })}
          >
            {cancel.isPending ? <Busy>Stopping…</Busy> : 'Stop here'}
          </Button>
        )}
        <Link
          href="/admin/operations"
          prefetch={false}
          className={buttonVariants({ variant: 'outline' })}
          onClick={onClose}
        >
          All operations
        </Link>
        <Button onClick={onClose}>Close</Button>
      </div>
    </div>
  );
}

/** How far it is, as a bar and in words. */
export function ProgressBar({ operation }: { readonly operation: Operation }) {
  const { action, state, total, done, skipped, error } = operation;
  const passed = done + skipped;
  const isEnded = state !== 'running';
  const words = isEnded
    ? `${OUTCOMES[state]}${resultOf(operation)}.`
    : `${count(passed)}${total === undefined ? '' : ` of ${count(Math.max(total, passed))}`}`;
  return (
    <div>
      <Progress
        label={`${ACTIONS[action].running}, progress`}
        value={passed}
        max={isEnded ? Math.max(passed, state === 'done' ? passed : (total ?? passed)) : total}
        words={words}
        tone={state === 'failed' ? 'bad' : state === 'running' || state === 'done' ? 'accent' : 'neutral'}
      />
      <p role="status" className="mt-2 text-sm font-medium tabular-nums">
        {words}
      </p>
      {error === undefined ? null : (
        <p className="mt-1 font-mono text-xs leading-relaxed break-words text-bad">{error}</p>
      )}
    </div>
  );
}

const OUTCOMES: Record<Exclude<Operation['state'], 'running'>, string> = {
  done: 'Done: ',
  cancelled: 'Stopped: ',
  failed: 'Failed after ',
  interrupted: 'Interrupted, because its process ended: ',
};
