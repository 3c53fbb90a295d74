import { router } from '../trpc.ts';
import { adminRouter } from './admin.ts';
import { submissionRouter } from './submission.ts';

export const appRouter = router({ submission: submissionRouter, admin: adminRouter });

/** For clients: `import type { AppRouter }`. */
export type AppRouter = typeof appRouter;
