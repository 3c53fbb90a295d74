import type { Locale } from '@spillway/forms';

interface Told {
  readonly title: string;
  readonly reference: string;
  readonly address: string;
}

const en = {
  subject: (title: string, reference: string) => `Received: ${title} (${reference})`,
  text: ({ title, reference, address }: Told) => `We have received what you sent with the form "${title}".

Your reference: ${reference}

You can see its state here at any time:
${address}

You do not need to do anything more. If you did not send anything, someone gave your address by mistake:
please ignore this mail.
`,
};

const de: typeof en = {
  subject: (title, reference) => `Erhalten: ${title} (${reference})`,
  text: ({
    title,
    reference,
    address,
  }) => `Wir haben erhalten, was Sie mit dem Formular „${title}“ gesendet haben.

Ihre Referenz: ${reference}

Hier sehen Sie jederzeit den Stand:
${address}

Sie brauchen nichts weiter zu tun. Wenn Sie nichts gesendet haben, hat jemand versehentlich Ihre Adresse
angegeben: Dann können Sie diese Nachricht ignorieren.
`,
};

export const MAIL_WORDS: Readonly<Record<Locale, typeof en>> = { en, de };
