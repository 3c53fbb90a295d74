import type { Form } from './form.ts';
import { contact } from './forms/contact.ts';
import { inbox } from './forms/inbox.ts';
import { registration } from './forms/registration.ts';
import type { Locale } from './locale.ts';

export { defineForm } from './form.ts';
export type {
  Answers,
  CheckboxField,
  Choice,
  ChoiceField,
  DateField,
  Field,
  Form,
  TextareaField,
  TextField,
} from './form.ts';
export { fromFormData } from './form-data.ts';
export { limitIssues, MAX_ISSUES } from './issues.ts';
export type { Issue } from './issues.ts';
export { directionOf, LOCALE_COOKIE, localeOf, LOCALES, toLocale } from './locale.ts';
export type { Locale } from './locale.ts';
export { validate } from './validate.ts';
export type { Validation } from './validate.ts';

const all = [contact, registration, inbox];
const byName = new Map(all.map((form) => [form.en.name, form]));

/** Every form in English, in the order in which they are listed. Those without fields have no page. */
export const forms: readonly Form[] = formsIn('en');

/** Every form in this language, in the same order. */
export function formsIn(locale: Locale): readonly Form[] {
  return all.map((form) => form[locale]);
}

/** The form of this name in this language, or `undefined`. Default English. */
export function formByName(name: string, locale: Locale = 'en'): Form | undefined {
  return byName.get(name)?.[locale];
}
