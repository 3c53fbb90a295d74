import type { BatchHandler, Queue } from '@spillway/queue';
import { z } from 'zod';
import type { FormSettings, NotifySettings } from './settings.ts';

type NoticeKind = 'mail' | 'webhook';

/** The payload in the queue of notices: the submission's id, and nothing that the sender wrote. */
export const noticeData = z.object({ submissionId: z.string() });

/**
 * Adds the notices to a batch's effects, in the same transaction: a submission has waiting notices exactly if it counts as
 * processed. The notices have a separate queue, so they are as reliable as submissions.
 */
export function withNotices(handle: BatchHandler, notices: Queue, settings: NotifySettings): BatchHandler {
  return async (submissions, tx, context) => {
    await handle(submissions, tx, context);
    for (const submission of submissions) {
      for (const kind of kindsFor(settings.get(submission.form))) {
        await notices.enqueueIn(tx, { form: kind, data: { submissionId: submission.id } });
      }
    }
  };
}

function kindsFor(settings: FormSettings | undefined): readonly NoticeKind[] {
  if (!settings) return [];
  return [...(settings.receipt ? ['mail' as const] : []), ...(settings.webhook ? ['webhook' as const] : [])];
}
