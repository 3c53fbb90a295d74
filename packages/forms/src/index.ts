import type { Form } from './form.ts';
import { contact } from './forms/contact.ts';
import { inbox } from './forms/inbox.ts';
import { registration } from './forms/registration.ts';

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
export { validate } from './validate.ts';
export type { Issue, Validation } from './validate.ts';

/** Every form, in the order in which they are listed. Those without fields have no page. */
export const forms: readonly Form[] = [contact, registration, inbox];

const byName = new Map(forms.map((form) => [form.name, form]));

/** The form of this name, or `undefined`. */
export function formByName(name: string): Form | undefined {
  return byName.get(name);
}
