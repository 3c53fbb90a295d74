'use client';

import type { SubmissionView } from '@spillway/api';
import { skipToken } from '@tanstack/react-query';
import { useSubscription } from '@trpc/tanstack-react-query';
import { useEffect, useRef, useState } from 'react';
import { forget, recall } from '#lib/outbox.ts';
import { isFinal } from '#lib/states.ts';
import { useTRPC, useTRPCClient } from '#trpc/client.tsx';

interface LiveStatus {
  readonly status: SubmissionView;
  readonly isConnected: boolean;
}

/** A submission's status, live until it is final. What every store forgot is sent again from this tab. */
export function useStatus(initial: SubmissionView, code: string): LiveStatus {
  const trpc = useTRPC();
  const [status, setStatus] = useState(initial);
  const wanted = isFinal(status) ? skipToken : { id: initial.id, receipt: code };
  const stream = useSubscription(
    trpc.submission.watch.subscriptionOptions(wanted, { onData: ({ data }) => setStatus(data) }),
  );
  useSendAgain(status);
  useEffect(() => {
    if (isFinal(status)) forget(status.id);
  }, [status]);
  return { status, isConnected: isFinal(status) || stream.error === null };
}

/** Once per visit: with the same id it cannot count twice, and if it fails the page says to send again. */
function useSendAgain(status: SubmissionView): void {
  const client = useTRPCClient();
  const wasSent = useRef(false);
  useEffect(() => {
    if (status.state !== 'missing' || wasSent.current) return;
    const kept = recall(status.id);
    if (!kept) return;
    wasSent.current = true;
    client.submission.submit.mutate(kept).catch(() => {
      wasSent.current = false;
    });
  }, [client, status]);
}
