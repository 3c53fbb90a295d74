import type { StandardSchemaV1 } from '@standard-schema/spec';
import { InvalidSubmissionError, quote } from './errors.ts';
import type { FieldIssue } from './errors.ts';
import type { Envelope, SubmissionInput } from './submission.ts';

/** At most this many issues are reported. */
const MAX_ISSUES = 20;

/** The schema of each form's data, by the form's name: of zod, valibot, arktype, or any other Standard Schema. */
export type Schemas = Readonly<Record<string, StandardSchemaV1>>;

/** What `enqueue` takes: one member for each form, with what its schema takes as `data`. */
export type InputOf<S extends Schemas> = {
  [Form in keyof S & string]: SubmissionInput<Form, StandardSchemaV1.InferInput<S[Form]>>;
}[keyof S & string];

/**
 * The output of its form's schema for a payload. `enqueue` and workers read the same bytes, so that both judge the same. Rejects
 * with `InvalidSubmissionError` for an unknown form, or for the fields that do not fit.
 */
export async function readPayload(schemas: Schemas, { form, payload }: Envelope): Promise<unknown> {
  const schema = Object.hasOwn(schemas, form) ? schemas[form] : undefined;
  if (schema === undefined) {
    throw new InvalidSubmissionError('form', `There is no schema for the form ${quote(form)}.`);
  }
  const result = await schema['~standard'].validate(JSON.parse(payload));
  if (result.issues === undefined) return result.value;
  const fields = result.issues.slice(0, MAX_ISSUES).map(toFieldIssue);
  const words = fields.map(({ field, message }) => (field === '' ? message : `${field}: ${message}`));
  throw new InvalidSubmissionError(
    'schema',
    `The data does not fit the schema of the form ${quote(form)}: ${words.join('; ')}`,
    fields,
  );
}

function toFieldIssue({ path = [], message }: StandardSchemaV1.Issue): FieldIssue {
  const keys = path.map((part) => String(typeof part === 'object' ? part.key : part));
  return { field: keys.join('.'), message };
}
