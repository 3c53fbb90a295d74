import { createTransport } from 'nodemailer';
import type { Form } from '@spillway/forms';
import { PermanentError } from '@spillway/queue';
import { MAIL_WORDS } from './mail-words.ts';

const SECOND_MS = 1000;

export interface MailSettings {
  /** `smtp://user:password@host:587`, or `smtps://`. */
  readonly smtpUrl: string;
  /** `Spillway <forms@example.org>` */
  readonly from: string;
}

/** The content of a receipt mail. It holds nothing that the sender wrote, because the recipient may be another person. */
interface ReceiptMail {
  /** The same at each attempt, so that mail programs know a repeat. */
  readonly messageId: string;
  readonly to: string;
  readonly form: Form;
  readonly reference: string;
  /** Where to see how far it is. */
  readonly address: string;
}

/** Addresses in a mail server's words. Each part is bounded, so that a long text takes no longer. */
const ADDRESS = /[^\s<>@]{1,64}@[^\s<>@]{1,255}/g;

/** Sends a receipt, or rejects, with an error that holds no address: with `PermanentError` where the server refuses it for good. */
export type SendReceipt = (mail: ReceiptMail) => Promise<void>;

export function createMailer({ smtpUrl, from }: MailSettings): SendReceipt {
  const transport = createTransport({
    url: smtpUrl,
    connectionTimeout: 10 * SECOND_MS,
    greetingTimeout: 10 * SECOND_MS,
    socketTimeout: 20 * SECOND_MS,
  });
  const [, domain = 'localhost'] = /^@([^\s>]+)/.exec(from.slice(from.lastIndexOf('@'))) ?? [];
  return async ({ messageId, to, form, reference, address }) => {
    const words = MAIL_WORDS[form.locale];
    const sending = transport.sendMail({
      from,
      // As an object: a text would be parsed, and could name several people.
      to: { name: '', address: to },
      subject: words.subject(form.title, reference),
      text: words.text({ title: form.title, reference, address }),
      messageId: `<${messageId}@${domain}>`,
      // No automatic answer to an automatic mail.
      headers: { 'Auto-Submitted': 'auto-generated', 'Content-Language': form.locale },
    });
    await sending.catch((error: unknown) => {
      // Mail servers quote the recipient, whom the sender wrote down; errors are logged.
      const text = String(error instanceof Error ? error.message : error).replaceAll(ADDRESS, '<address>');
      throw isFinal(error) ? new PermanentError(text) : new Error(text);
    });
  };
}

/** The server refuses this recipient or this mail for good (RFC 5321, 4.2.1: 5yz). Other errors are about the server or our sign-in. */
function isFinal(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error) || !('responseCode' in error)) return false;
  const isAboutMail = error.code === 'EENVELOPE' || error.code === 'EMESSAGE';
  return isAboutMail && Number(error.responseCode) >= 500;
}
