import { InvalidOptionsError } from './errors.ts';

export const DEFAULT_SCHEMA = 'spillway';

/** Plain, so that a person can type it in psql without quotes. */
const SCHEMA_NAME = /^(?!pg_)[a-z_][a-z0-9_]{0,39}$/;

/** Throws `InvalidOptionsError` unless it may be the name of the queue's schema. */
export function checkSchema(schema: string): void {
  if (SCHEMA_NAME.test(schema)) return;
  throw new InvalidOptionsError(
    `schema ${JSON.stringify(schema)}: use a-z, 0-9 and "_", at most 40, not beginning with a digit or "pg_".`,
  );
}
