import { randomBytes } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { findPasswordFault } from '@spillway/api';
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

/**
 * Creates the first operator if no operator exists. A generated password is written to `file`, else to a terminal, and
 * never where output is collected: without either, no operator is created, and the log says what to set.
 */
export async function createFirstOperator(options: FirstOperatorOptions): Promise<void> {
  const { db, log, file } = options;
  if ((await db.$count(user)) > 0) return;
  const email = (options.email ?? DEFAULT_EMAIL).toLowerCase();
  if (options.password !== undefined) return createWithGiven(options, email, options.password);
  const password = randomBytes(PASSWORD_BYTES).toString('base64url');
  const signIn = { email, password, url: options.url };
  if (file !== undefined) return createWithFile(options, signIn, file);
  if (process.stdout.isTTY) {
    if (await create(options, signIn)) printSignIn(signIn);
    return;
  }
  log.warn(
    { event: 'no_operator' },
    'Nobody can sign in: set SPILLWAY_ADMIN_EMAIL and SPILLWAY_ADMIN_PASSWORD, or SPILLWAY_FIRST_OPERATOR_FILE, and start again; or run: spillway user add',
  );
}

async function createWithGiven(
  options: FirstOperatorOptions,
  email: string,
  password: string,
): Promise<void> {
  const fault = await findPasswordFault(password, [email]);
  if (fault === undefined) await create(options, { email, password });
  else
    options.log.error(
      { event: 'no_operator' },
      `Nobody can sign in: SPILLWAY_ADMIN_PASSWORD is not taken. ${fault}; then start again.`,
    );
}

/** The file is written first and put in place last: a password that is told nowhere would lock everybody out. */
async function createWithFile(options: FirstOperatorOptions, signIn: SignIn, file: string): Promise<void> {
  const draft = `${file}.${process.pid}`;
  try {
    await rm(draft, { force: true });
    await writeFile(draft, `${JSON.stringify(signIn, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    options.log.error(
      { event: 'no_operator', err: error },
      'Nobody can sign in: SPILLWAY_FIRST_OPERATOR_FILE cannot be written. Correct the path, and start again.',
    );
    return;
  }
  try {
    if (await create(options, signIn)) await rename(draft, file);
  } finally {
    await rm(draft, { force: true });
  }
}

/** False where another web process was faster: its password counts, and it tells it. */
async function create(
  { db, auth, log, file }: FirstOperatorOptions,
  { email, password }: Pick<SignIn, 'email' | 'password'>,
): Promise<boolean> {
  try {
    await auth.api.createUser({ body: { email, password, name: 'Operator', role: 'admin' } });
  } catch (error) {
    if ((await db.$count(user)) > 0) return false;
    throw error;
  }
  log.info({ event: 'first_operator', email, file }, 'The first operator was created.');
  return true;
}

interface SignIn {
  readonly email: string;
  readonly password: string;
  readonly url: string;
}

/** Past the log, and to a terminal only: logs are collected and kept, a password must not be. */
function printSignIn({ email, password, url }: SignIn): void {
  process.stdout.write(
    `\n  Sign in as operator: ${url}\n  ${email}\n  ${password}   (made by chance, shown only now; it can be changed under Account)\n\n`,
  );
}
