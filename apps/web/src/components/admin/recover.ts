'use client';

import { useMutation } from '@tanstack/react-query';
import { countOf } from '#lib/words.ts';
import { useTRPC } from '#trpc/client.tsx';
import { problemOf } from '#trpc/problem.ts';

export type Recover = ReturnType<typeof useRecover>;

/** Pushes the rows that wait in Postgres to Redis at once. */
export function useRecover() {
  const trpc = useTRPC();
  return useMutation(trpc.admin.recoverNow.mutationOptions());
}

/** What came of it, once something has. */
export function wordsOf({ data, error }: Recover): string | undefined {
  if (error)
    return (
      problemOf(error)?.detail ?? 'The server could not be reached. Nothing is lost; try again in a moment.'
    );
  return data && resultOf(data);
}

function resultOf({ pushed, more }: { pushed: number; more: boolean }): string {
  if (pushed === 0)
    return more
      ? 'Redis has reached its high-water mark; workers push the rest later.'
      : 'Nothing to push: Redis already holds every waiting submission.';
  return `${countOf(pushed, 'submission')} pushed to Redis.${more ? ' Workers push the rest.' : ''}`;
}
