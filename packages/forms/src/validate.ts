import type { z } from 'zod';
import { COMPLAINTS } from './complaints.ts';
import type { Answers, Form } from './form.ts';
import { limitIssues } from './issues.ts';
import type { Issue } from './issues.ts';

/** Values of one field: a form's schema looks at each of them, and makes an issue of each. */
const MAX_VALUES = 1_000;
const MAX_SHOWN_CHARS = 64;

export type Validation =
  | { readonly ok: true; readonly data: Answers }
  | { readonly ok: false; readonly issues: readonly Issue[] };

/**
 * Checks answers against a form. Issues come in the order of the fields, one for each, in the form's language; beyond 100
 * they are counted. Never throws.
 */
export function validate(form: Form, data: unknown): Validation {
  const crowded = form.fields.length > 0 ? crowdedField(data) : undefined;
  if (crowded !== undefined) {
    const message = COMPLAINTS[form.locale].tooManyValues(MAX_VALUES);
    return { ok: false, issues: [{ field: shorten(crowded), message }] };
  }
  const result = form.schema.safeParse(data);
  if (result.success) return { ok: true, data: result.data };
  const byField = new Map<string, Issue>();
  for (const issue of result.error.issues.flatMap((found) => toIssues(form, found))) {
    if (!byField.has(issue.field)) byField.set(issue.field, issue);
  }
  return { ok: false, issues: limitIssues([...byField.values()], form.locale) };
}

/** A field with more values than any question has choices. */
function crowdedField(data: unknown): string | undefined {
  const [field] =
    Object.entries(data ?? {}).find(([, value]) => Array.isArray(value) && value.length > MAX_VALUES) ?? [];
  return field;
}

function toIssues(form: Form, issue: z.core.$ZodIssue): Issue[] {
  const say = COMPLAINTS[form.locale];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      field: shorten(key),
      message: say.unknownField(shorten(key), form.name),
    }));
  }
  if (issue.path.length === 0) return [{ field: '', message: say.noObject }];
  return [{ field: String(issue.path[0]), message: issue.message }];
}

function shorten(key: string): string {
  return key.length > MAX_SHOWN_CHARS ? `${key.slice(0, MAX_SHOWN_CHARS)}…` : key;
}
