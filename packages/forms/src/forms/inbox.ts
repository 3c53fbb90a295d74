import { z } from 'zod';
import { COMPLAINTS } from '../complaints.ts';
import { defineForm } from '../form.ts';
import type { Answers } from '../form.ts';

/** The open form: takes any JSON object, exactly as it was parsed. For programs; it has no page. */
export const inbox = defineForm({
  name: 'inbox',
  words: {
    en: {
      title: 'Inbox',
      intro: 'Takes any JSON object over the API.',
      submitLabel: 'Send',
      error: COMPLAINTS.en.noObject,
    },
    de: {
      title: 'Eingang',
      intro: 'Nimmt jedes JSON-Objekt über die API an.',
      submitLabel: 'Senden',
      error: COMPLAINTS.de.noObject,
    },
  },
  page: ({ error, ...words }) => ({
    ...words,
    fields: [],
    // Not a record or loose object: those copy, and the copy would lose keys such as `__proto__`.
    schema: z.custom<Answers>(isJsonObject, { error }),
  }),
  sample: { event: 'signup', plan: 'basic', seats: 3 },
});

function isJsonObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
