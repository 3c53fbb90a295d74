import { router } from '../trpc.ts';
import { adminRouter } from './admin.ts';
import { sandboxRouter } from './sandbox.ts';
import { submissionRouter } from './submission.ts';

export const appRouter = router({ submission: submissionRouter, admin: adminRouter, sandbox: sandboxRouter });

/** For clients: `import type { AppRouter }`. */
export type AppRouter = typeof appRouter;
