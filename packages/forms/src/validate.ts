import type { z } from 'zod';
import { COMPLAINTS } from './complaints.ts';
import type { Answers, Form } from './form.ts';

/** One thing to mend. `field` is the field's name; empty when it concerns the data as a whole. */
export interface Issue {
  readonly field: string;
  readonly message: string;
}

export type Validation =
  | { readonly ok: true; readonly data: Answers }
  | { readonly ok: false; readonly issues: readonly Issue[] };

/** Checks answers against a form. Issues come in the order of the fields, one for each, in the form's language. Never throws. */
export function validate(form: Form, data: unknown): Validation {
  const result = form.schema.safeParse(data);
  if (result.success) return { ok: true, data: result.data };
  const byField = new Map<string, Issue>();
  for (const issue of result.error.issues.flatMap((found) => toIssues(form, found))) {
    if (!byField.has(issue.field)) byField.set(issue.field, issue);
  }
  return { ok: false, issues: [...byField.values()] };
}

function toIssues(form: Form, issue: z.core.$ZodIssue): Issue[] {
  const say = COMPLAINTS[form.locale];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ field: key, message: say.unknownField(shorten(key), form.name) }));
  }
  if (issue.path.length === 0) return [{ field: '', message: say.noObject }];
  return [{ field: String(issue.path[0]), message: issue.message }];
}

function shorten(key: string): string {
  return key.length > 64 ? `${key.slice(0, 64)}…` : key;
}
