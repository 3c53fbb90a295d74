import { countReceiptMail, readSubmission } from '@spillway/db';
import type { Db } from '@spillway/db';
import { formByName } from '@spillway/forms';
import type { Form } from '@spillway/forms';
import { PermanentError } from '@spillway/queue';
import type { ExternalHandler } from '@spillway/queue';
import { receiptPath, referenceOf } from '@spillway/receipt';
import type { Receipts } from '@spillway/receipt';
import type { SendReceipt } from '../notify/mail.ts';
import { noticeData } from '../notify/notice.ts';
import type { NotifySettings } from '../notify/settings.ts';
import { postWebhook } from '../notify/webhook.ts';

type Submission = NonNullable<Awaited<ReturnType<typeof readSubmission>>>;

interface NoticeOptions {
  readonly db: Db;
  readonly settings: NotifySettings;
  /** Set where a form has mails. */
  readonly mail:
    | {
        readonly send: SendReceipt;
        readonly receipts: Receipts;
        readonly baseUrl: string;
        readonly limit: MailLimit;
      }
    | undefined;
}

/** What keeps a sender from flooding a stranger with our mails. */
export interface MailLimit {
  readonly perHour: number;
  readonly hashOf: (address: string) => string;
  /** Called for each mail that is held. `recipient` is a hash. */
  readonly onHeld: (held: { readonly id: string; readonly recipient: string }) => void;
}

/**
 * Sends one notice. Its content is read when it is sent, from the row of the processed submission: if the row was deleted
 * meanwhile, or the form is no longer in the settings, nothing is sent.
 */
export function createNoticeHandler({ db, settings, mail }: NoticeOptions): ExternalHandler {
  return async (notice, { idempotencyKey, signal }) => {
    const submission = await readSubmission(db, noticeData.parse(notice.data).submissionId);
    const wanted = submission && settings.get(submission.form);
    if (!submission || !wanted) return;
    if (notice.form === 'webhook' && wanted.webhook) {
      await postWebhook(wanted.webhook, idempotencyKey, toMessage(submission), signal);
    }
    const form = formByName(submission.form, wanted.language);
    const to = form && addressIn(form, submission.data);
    if (notice.form === 'mail' && wanted.receipt && mail && form && to !== undefined) {
      const { id } = submission;
      await checkLimit(db, mail.limit, { id, noticeId: notice.id, to });
      const address = new URL(receiptPath(id, mail.receipts.codeFor(id)), mail.baseUrl).href;
      await mail.send({ messageId: notice.id, to, form, reference: referenceOf(id), address });
    }
  };
}

/** Beyond the limit the notice is dead at once: an operator decides about it, and it takes no further attempt. */
async function checkLimit(
  db: Db,
  { perHour, hashOf, onHeld }: MailLimit,
  { id, noticeId, to }: { readonly id: string; readonly noticeId: string; readonly to: string },
): Promise<void> {
  const recipient = hashOf(to);
  if (await countReceiptMail(db, { noticeId, recipient, perHour })) return;
  onHeld({ id, recipient });
  throw new PermanentError(`held: recipient ${recipient} had ${perHour} mails within an hour`);
}

function toMessage({ id, form, data, receivedAt, processedAt }: Submission) {
  return {
    type: 'submission.processed',
    timestamp: processedAt,
    data: { id, reference: referenceOf(id), form, receivedAt, answers: data },
  };
}

/** The first answer to a question for an email address. */
function addressIn(form: Form, data: unknown): string | undefined {
  const field = form.fields.find(({ kind }) => kind === 'email');
  const answer = field && new Map(Object.entries(data ?? {})).get(field.name);
  return typeof answer === 'string' && answer !== '' ? answer : undefined;
}
