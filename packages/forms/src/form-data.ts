import { isReserved } from './form.ts';
import type { Answers, Field, Form } from './form.ts';

/**
 * Reads the answers of a posted page. The native post and the script use it alike, so that a retry by the
 * other way carries the same content under the same id. Names that begin with `$` or `_` are the page's own
 * and are left out; other names that are no field stay in, for `validate` to name them.
 */
export function fromFormData(form: Form, posted: FormData): Answers {
  const fields = new Map(form.fields.map((field) => [field.name, field]));
  const answers = new Map<string, unknown>();
  for (const name of new Set(posted.keys())) {
    if (isReserved(name)) continue;
    const value = toAnswer(fields.get(name), posted.getAll(name).map(toText));
    if (value !== undefined) answers.set(name, value);
  }
  return Object.fromEntries(answers);
}

function toAnswer(field: Field | undefined, values: readonly string[]): unknown {
  if (field?.kind === 'checkboxes') return values;
  const [value, ...more] = values;
  // Two values where one belongs: kept, so that the check refuses them instead of our choosing one.
  if (more.length > 0) return values;
  if (field?.kind === 'checkbox') return value === 'on' || value === 'true' ? true : value;
  return value === '' && field?.optional ? undefined : value;
}

function toText(value: File | string): string {
  // Browsers write line breaks as CRLF when they post, and only then.
  return typeof value === 'string' ? value.replaceAll('\r\n', '\n') : value.name;
}
