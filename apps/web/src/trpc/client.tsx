'use client';

import type { AppRouter } from '@spillway/api';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createTRPCClient, httpLink, httpSubscriptionLink, splitLink } from '@trpc/client';
import { createTRPCContext } from '@trpc/tanstack-react-query';
import { useState } from 'react';
import type { ReactNode } from 'react';

const URL_OF_API = '/api/trpc';

const { TRPCProvider, useTRPC } = createTRPCContext<AppRouter>();
export { useTRPC };

/** The API, typed, for the components inside. */
export function ApiProvider({ children }: { children: ReactNode }) {
  // Made per tree and not per module: on the server, two requests must not share a cache.
  const [queryClient] = useState(() => new QueryClient());
  const [trpcClient] = useState(createApiClient);
  return (
    <QueryClientProvider client={queryClient}>
      <TRPCProvider trpcClient={trpcClient} queryClient={queryClient}>
        {children}
      </TRPCProvider>
    </QueryClientProvider>
  );
}

/** The typed API, for code outside of components. */
export function createApiClient() {
  return createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: (operation) => operation.type === 'subscription',
        true: httpSubscriptionLink({ url: URL_OF_API }),
        // Not batched: each call has its own status, and a slow one holds up no other.
        false: httpLink({ url: URL_OF_API }),
      }),
    ],
  });
}
