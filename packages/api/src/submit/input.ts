import { formByName, limitIssues, MAX_ISSUES, validate } from '@spillway/forms';
import type { Issue, Locale } from '@spillway/forms';
import { ApiError } from '../errors.ts';
import { shorten } from '../http/limits.ts';
import type { SubmitInput } from '../wire.ts';

const OPEN_FORM = 'inbox';
const KEYS = new Set(['id', 'form', 'data']);

/** A submission whose form exists and whose data the form accepts. */
export interface CheckedInput {
  readonly id?: string;
  readonly form: string;
  readonly data: unknown;
}

/** Checks the outer shape: `{ id?, form?, data }` and nothing else. Throws `invalid`. */
export function readSubmitInput(value: unknown): SubmitInput {
  if (!isObject(value)) throw invalid([{ field: '', message: 'Send a JSON object { id?, form?, data }' }]);
  const issues: Issue[] = Object.keys(value)
    .filter((key) => !KEYS.has(key))
    .map((key) => ({
      field: shorten(key),
      message: `"${shorten(key)}" is not known here: put answers into data`,
    }));
  const { id, form, data } = value;
  if (id !== undefined && typeof id !== 'string')
    issues.push({ field: 'id', message: 'The id must be a string' });
  if (form !== undefined && typeof form !== 'string')
    issues.push({ field: 'form', message: 'The form must be a string' });
  if (!isObject(data)) issues.push({ field: 'data', message: 'Send the answers in data, as a JSON object' });
  if (issues.length > 0 || !isObject(data)) throw invalid(limitIssues(issues, 'en'));
  return {
    ...(typeof id === 'string' && { id }),
    ...(typeof form === 'string' && { form }),
    data,
  };
}

/** Checks the data against its form, and complains in this language. Throws `unknown-form` or `invalid`. */
export function checkInput(input: SubmitInput, locale: Locale): CheckedInput {
  const name = input.form ?? OPEN_FORM;
  const form = formByName(name, locale);
  if (!form) {
    throw new ApiError(
      'unknown-form',
      `There is no form ${JSON.stringify(name.slice(0, 64))}. Leave form out to use the open form.`,
    );
  }
  const result = validate(form, input.data);
  if (!result.ok) throw invalid(result.issues.map((issue) => ({ ...issue, field: issue.field || 'data' })));
  return { ...(input.id !== undefined && { id: input.id }), form: name, data: result.data };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(errors: readonly Issue[]): ApiError {
  return new ApiError('invalid', detailOf(errors), { errors });
}

function detailOf(errors: readonly Issue[]): string {
  if (errors.length > MAX_ISSUES) return `More than ${MAX_ISSUES} things need to be corrected.`;
  const [first, ...others] = errors;
  return first && others.length === 0 ? first.message : `${errors.length} things need to be corrected.`;
}
