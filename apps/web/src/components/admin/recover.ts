'use client';

import { useMutation } from '@tanstack/react-query';
import { countOf } from '#lib/words.ts';
import { useTRPC } from '#trpc/client.tsx';
import { problemOf } from '#trpc/problem.ts';

export type Recover = ReturnType<typeof useRecover>;

/** Pushes what waits in Postgres to Redis at once. */
export function useRecover() {
  const trpc = useTRPC();
  return useMutation(trpc.admin.recoverNow.mutationOptions());
}

/** What came of it, once something has. */
export function wordsOf({ data, error }: Recover): string | undefined {
  if (error) return problemOf(error)?.detail ?? 'The server could not be reached. Nothing is lost by that.';
  return data && resultOf(data);
}

function resultOf({ pushed, more }: { pushed: number; more: boolean }): string {
  if (pushed === 0)
    return more
      ? 'Redis is full enough for now; the rest follows by itself.'
      : 'Nothing was waiting to go back to Redis.';
  return `${countOf(pushed, 'submission')} pushed to Redis.${more ? ' The rest follows by itself.' : ''}`;
}
