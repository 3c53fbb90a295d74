import { countReceiptMail, readSubmission } from '@spillway/db';
import type { Db } from '@spillway/db';
import { formByName } from '@spillway/forms';
import type { Form } from '@spillway/forms';
import { PermanentError } from '@spillway/queue';
import type { ExternalHandler } from '@spillway/queue';
import { receiptPath, referenceOf } from '@spillway/receipt';
import type { Receipts } from '@spillway/receipt';
import { Destination } from '../notify/destination.ts';
import type { DestinationOptions } from '../notify/destination.ts';
import type { SendReceipt } from '../notify/mail.ts';
import { noticeData } from '../notify/notice.ts';
import type { NotifySettings } from '../notify/settings.ts';
import { postWebhook } from '../notify/webhook.ts';

/** Usual limits of mail servers are higher; this one keeps a flood of receipts from looking like spam. */
const MAILS_PER_SECOND = 10;

type Submission = NonNullable<Awaited<ReturnType<typeof readSubmission>>>;

interface NoticeOptions {
  readonly db: Db;
  readonly settings: NotifySettings;
  /** Told when calls to a host, or mails, pause and go on. */
  readonly onPause: DestinationOptions['onPause'];
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
export function createNoticeHandler({ db, settings, mail, onPause }: NoticeOptions): ExternalHandler {
  const hosts = createHosts(settings, onPause);
  const mailServer = new Destination({ name: 'the mail server', perSecond: MAILS_PER_SECOND, onPause });
  return async (notice, context) => {
    const submission = await readSubmission(db, noticeData.parse(notice.data).submissionId);
    const wanted = submission && settings.get(submission.form);
    if (!submission || !wanted) return;
    if (notice.form === 'webhook' && wanted.webhook) {
      const { webhook } = wanted;
      const host = hosts.get(new URL(webhook.url).host);
      await host?.call(() => postWebhook(webhook, toMessage(submission), context));
    }
    const form = formByName(submission.form, wanted.language);
    const to = form && addressIn(form, submission.data);
    if (notice.form === 'mail' && wanted.receipt && mail && form && to !== undefined) {
      const { id } = submission;
      await checkLimit(db, mail.limit, { id, noticeId: notice.id, to });
      const address = new URL(receiptPath(id, mail.receipts.codeFor(id)), mail.baseUrl).href;
      const receipt = { messageId: notice.id, to, form, reference: referenceOf(id), address };
      await mailServer.call(() => mail.send(receipt));
    }
  };
}

/** The hosts of all webhooks. Forms with the same host share its rate and its pauses. */
function createHosts(settings: NotifySettings, onPause: DestinationOptions['onPause']) {
  const rates = new Map<string, number>();
  for (const { webhook } of settings.values()) {
    if (!webhook) continue;
    const { host } = new URL(webhook.url);
    rates.set(host, Math.min(webhook.perSecond, rates.get(host) ?? webhook.perSecond));
  }
  return new Map(
    [...rates].map(([name, perSecond]) => [name, new Destination({ name, perSecond, onPause })]),
  );
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
