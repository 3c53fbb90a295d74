import type { AppRouter, Problem } from '@spillway/api';
import { TRPCClientError } from '@trpc/client';

/** The server's problem in a failed call. `undefined`: no answer of this server arrived (the network, or a proxy, failed). */
export function problemOf(error: unknown): Problem | undefined {
  return isApiError(error) ? error.data?.problem : undefined;
}

function isApiError(error: unknown): error is TRPCClientError<AppRouter> {
  return error instanceof TRPCClientError;
}
