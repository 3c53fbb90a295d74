import { randomBytes } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { user } from '@spillway/db';
import type { Db } from '@spillway/db';
import type { Auth } from './auth.ts';
import type { Log } from '@spillway/observe';

// The sign-in library takes only addresses with a dot; the domain is reserved, so no mail can ever go there.
const DEFAULT_EMAIL = 'admin@spillway.localhost';
const PASSWORD_BYTES = 18;

interface FirstOperatorOptions {
  readonly db: Db;
  readonly auth: Auth;
  readonly log: Log;
  /** From the environment; else a random password is made. There is no default password. */
  readonly email: string | undefined;
  readonly password: string | undefined;
  /** Address of the sign-in page, for the printed lines. */
  readonly url: string;
  /** Where to write the sign-in as JSON, if anywhere. */
  readonly file: string | undefined;
}

/** Creates the first operator if there is none, and tells its sign-in once: on the console and in `file`. */
export async function createFirstOperator(options: FirstOperatorOptions): Promise<void> {
  const { db, auth, log, url } = options;
  if ((await db.$count(user)) > 0) return;
  const email = (options.email ?? DEFAULT_EMAIL).toLowerCase();
  const password = options.password ?? randomBytes(PASSWORD_BYTES).toString('base64url');
  try {
    await auth.api.createUser({ body: { email, password, name: 'Operator', role: 'admin' } });
  } catch (error) {
    // Another web process was faster: its password counts, and it has told it.
    if ((await db.$count(user)) > 0) return;
    throw error;
  }
  log.info({ event: 'first_operator', email }, 'The first operator was created.');
  // First to where nothing can fail: it is known to nobody else.
  if (!options.password) printSignIn({ email, password, url });
  if (!options.file) return;
  await writeSignIn(options.file, { email, password, url }).catch((error: unknown) =>
    log.error({ event: 'first_operator', err: error }, 'The sign-in could not be written to the file.'),
  );
}

interface SignIn {
  readonly email: string;
  readonly password: string;
  readonly url: string;
}

/** Renamed into place: whoever waits for the file never finds half of it, nor one that others may read. */
async function writeSignIn(file: string, signIn: SignIn): Promise<void> {
  const draft = `${file}.${process.pid}`;
  await rm(draft, { force: true });
  await writeFile(draft, `${JSON.stringify(signIn, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
  await rename(draft, file);
}

/** Past the log on purpose: logs are collected and kept, a password must not be. */
function printSignIn({ email, password, url }: SignIn): void {
  process.stdout.write(
    `\n  Sign in as operator: ${url}\n  ${email}\n  ${password}   (made by chance, shown only now; it can be changed under Account)\n\n`,
  );
}
