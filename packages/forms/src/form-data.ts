import { isReserved } from './form.ts';
import type { Answers, Field, Form } from './form.ts';

/**
 * Reads the answers of a posted page: `FormData`, or what else lists names and values. The native post and the script use
 * it alike, so that a retry by the other way carries the same content under the same id. Names that begin with `$` or `_`
 * are the page's own and are left out; other names that are no field stay in, for `validate` to name them.
 */
export function fromFormData(form: Form, posted: Iterable<readonly [string, File | string]>): Answers {
  const fields = new Map(form.fields.map((field) => [field.name, field]));
  const answers = new Map<string, unknown>();
  for (const [name, values] of byName(posted)) {
    const value = toAnswer(fields.get(name), values);
    if (value !== undefined) answers.set(name, value);
  }
  return Object.fromEntries(answers);
}

/** In one pass: `getAll` of each name would look through all of them for each. */
function byName(posted: Iterable<readonly [string, File | string]>): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, string[]>();
  for (const [name, value] of posted) {
    if (isReserved(name)) continue;
    const known = values.get(name);
    if (known) known.push(toText(value));
    else values.set(name, [toText(value)]);
  }
  return values;
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
