'use client';

import type { SubmissionView } from '@spillway/api';
import { skipToken } from '@tanstack/react-query';
import { useSubscription } from '@trpc/tanstack-react-query';
import { useEffect, useState } from 'react';
import { outbox } from '#lib/outbox/use-outbox.ts';
import { isFinal } from '#lib/states.ts';
import { useTRPC } from '#trpc/client.tsx';

interface LiveStatus {
  readonly status: SubmissionView;
  readonly isConnected: boolean;
}

/** A submission's status, live until it is final. What every store forgot is sent again from this device. */
export function useStatus(initial: SubmissionView, code: string): LiveStatus {
  const trpc = useTRPC();
  const [status, setStatus] = useState(initial);
  const wanted = isFinal(status) ? skipToken : { id: initial.id, receipt: code };
  const stream = useSubscription(
    trpc.submission.watch.subscriptionOptions(wanted, { onData: ({ data }) => setStatus(data) }),
  );
  useOutboxToo(status);
  return { status, isConnected: isFinal(status) || stream.error === null };
}

/** Passes each status to the outbox of this device, which sends a submission again if no store holds it. */
function useOutboxToo(status: SubmissionView): void {
  const { id, state } = status;
  const isSettled = isFinal(status);
  useEffect(() => void outbox().receiptOpened(id), [id]);
  useEffect(() => {
    if (state === 'missing') void outbox().sendAgain(id);
    if (isSettled) void outbox().receiptSettled(id);
  }, [id, state, isSettled]);
}
