import type { z } from 'zod';
import { checksIn } from './answers.ts';
import type { Checks } from './answers.ts';
import type { Locale } from './locale.ts';

interface FieldBase {
  /** The key in the submission's data, and the control's name in the page. */
  readonly name: string;
  readonly label: string;
  readonly hint?: string;
  /** May be left empty. Default false. The schema decides; this only says so on the page. */
  readonly optional?: boolean;
}

/** One line of text. */
export interface TextField extends FieldBase {
  readonly kind: 'text' | 'email' | 'tel';
  /** The HTML `autocomplete` token, such as `name`. */
  readonly autocomplete?: string;
  readonly inputMode?: 'text' | 'email' | 'tel' | 'numeric' | 'url';
}

/** Any number of lines. */
export interface TextareaField extends FieldBase {
  readonly kind: 'textarea';
  /** Visible lines. Default 5. */
  readonly rows?: number;
}

export interface Choice {
  readonly value: string;
  readonly label: string;
  readonly hint?: string;
}

/** One of several (`radio`, `select`), or any number of them (`checkboxes`, an array in the data). */
export interface ChoiceField extends FieldBase {
  readonly kind: 'radio' | 'select' | 'checkboxes';
  readonly choices: readonly Choice[];
}

/** A day, `YYYY-MM-DD` in the data. */
export interface DateField extends FieldBase {
  readonly kind: 'date';
  /** First and last day that can be chosen, `YYYY-MM-DD`. */
  readonly min?: string;
  readonly max?: string;
}

/** A single box to tick: `true` in the data. */
export interface CheckboxField extends FieldBase {
  readonly kind: 'checkbox';
}

export type Field = TextField | TextareaField | ChoiceField | DateField | CheckboxField;

/** What a form holds: a JSON object. */
export type Answers = Readonly<Record<string, unknown>>;

/** A form's page in one language: its questions, its texts, and the schema of its answers. */
interface FormPage {
  readonly title: string;
  readonly intro: string;
  readonly submitLabel: string;
  /** In the order of the page. Empty for an open form, which has no page. */
  readonly fields: readonly Field[];
  /** Strict: a key that is no field is an issue, so that nothing a sender wrote is dropped without a word. */
  readonly schema: z.ZodType<Answers>;
}

/** A form in one language. The accepted answers are the same in each language. */
export interface Form extends FormPage {
  /** The name under which it is submitted: `[a-z0-9_-]`, at most 64 characters. */
  readonly name: string;
  readonly locale: Locale;
  /** Data that the schema accepts, for documentation, tests and load. */
  readonly sample: Answers;
}

interface FormDefinition<Words> {
  readonly name: string;
  readonly sample: Answers;
  /** The form's texts. Each language has all of them. */
  readonly words: Readonly<Record<Locale, Words>>;
  /** Makes the page of the texts of one language, and of the checks that complain in it. */
  readonly page: (words: Words, checks: Checks) => FormPage;
}

/** Makes a form in each language. Throws when two fields share a name, or a field's name is reserved for the page. */
export function defineForm<Words>(definition: FormDefinition<Words>): Readonly<Record<Locale, Form>> {
  const { name, sample, words, page } = definition;
  const inLocale = (locale: Locale): Form => ({
    name,
    locale,
    sample,
    ...page(words[locale], checksIn(locale)),
  });
  const form = { en: inLocale('en'), de: inLocale('de') };
  checkNames(form.en);
  return form;
}

function checkNames(form: Form): void {
  const seen = new Set<string>();
  for (const { name } of form.fields) {
    if (isReserved(name))
      throw new Error(`Form ${form.name}: the field name "${name}" is reserved; begin with a letter.`);
    if (seen.has(name)) throw new Error(`Form ${form.name}: two fields are called "${name}"; rename one.`);
    seen.add(name);
  }
}

/** Whether a control's name belongs to the page or its framework (`_id`, `$ACTION_ID`) and not to the answers. */
export function isReserved(name: string): boolean {
  return name.startsWith('$') || name.startsWith('_');
}
