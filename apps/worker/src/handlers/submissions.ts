import { insertSubmissions } from '@spillway/db';
import type { BatchHandler } from '@spillway/queue';

/**
 * The default effect of a submission: one row in `submissions`. A whole batch is one statement inside the
 * transaction that also settles it, so that the rows are there exactly when the submissions count as processed.
 */
export const storeSubmissions: BatchHandler = (submissions, tx) =>
  insertSubmissions(
    tx,
    submissions.map(({ id, form, data, receivedAt, attempt }) => ({
      id,
      form,
      data,
      receivedAt,
      attempts: attempt,
    })),
  );
