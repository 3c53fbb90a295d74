import { z } from 'zod';
import { defineForm } from '../form.ts';
import type { Answers } from '../form.ts';

/** The open form: takes any JSON object, exactly as it was parsed. For programs; it has no page. */
export const inbox = defineForm({
  name: 'inbox',
  title: 'Inbox',
  intro: 'Takes any JSON object over the API.',
  submitLabel: 'Send',
  fields: [],
  // Not a record or loose object: those copy, and the copy would lose keys such as `__proto__`.
  schema: z.custom<Answers>(isJsonObject, { error: 'Send a JSON object' }),
  sample: { event: 'signup', plan: 'basic', seats: 3 },
});

function isJsonObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
