import { npmVersion } from 'drizzle-orm/version';
import { InvalidOptionsError } from '../../contract/errors.ts';

/**
 * Throws `InvalidOptionsError` for a Drizzle that is not supported: transactions and sessions are made in another way there, and
 * would fail at the first submission. An installer that ignores peer dependencies lets it through.
 */
export function checkDrizzle(version: string = npmVersion): void {
  if (/^0\.4[45]\./.test(version)) return;
  throw new InvalidOptionsError(
    `drizzle-orm ${version} is installed; @spillway/queue runs on 0.44 and 0.45. Install drizzle-orm@0.45.`,
  );
}
