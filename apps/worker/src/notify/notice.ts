import type { BatchHandler, Queue } from '@spillway/queue';
import { z } from 'zod';
import type { FormSettings, NotifySettings } from './settings.ts';

type NoticeKind = 'mail' | 'webhook';

/** What the queue of notices holds: whom it is about, and nothing that the sender wrote. */
export const noticeData = z.object({ submissionId: z.string() });

/**
 * Adds the notices to a batch's effects, in the same transaction: a submission that counts as processed has its notices
 * waiting, and one that does not has none. They are sent from a queue of their own, so as reliably as all else.
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
