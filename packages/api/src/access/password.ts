import { setImmediate } from 'node:timers/promises';
import { ApiError } from '../errors.ts';

/** Of zxcvbn's 0 to 4: at least ten to the eighth guesses, out of reach for sign-ins that are limited. */
const LEAST_SCORE = 3;
/** The check of a longer text, or of more spellings with digits for letters, holds up the process for seconds. */
const LIMITS = { maxLength: 20, l33tMaxSubstitutions: 5 } as const;

const PRODUCT = 'spillway';

const REMEDY =
  'This password is easy to guess. Take four or more unrelated words, or let a password manager make one';

type Check = (password: string, about: string[]) => { readonly score: number };

let loading: Promise<Check> | undefined;

/** One check at a time, and a turn for everything else between two of them: a batch of calls brings many at once. */
let turn: Promise<void> = Promise.resolve();

/**
 * What is wrong with a new password, in words that say what to do; undefined where nothing is. Only its beginning is
 * rated. `about`: words that a guesser tries first, such as the person's address and name.
 */
export async function findPasswordFault(
  password: string,
  about: readonly string[],
): Promise<string | undefined> {
  const check = await (loading ??= load());
  await (turn = turn.then(() => setImmediate()));
  const words = [...about, ...about.flatMap((text) => text.split(/[^\p{L}\p{N}]+/u)), PRODUCT];
  return check(
    password,
    words.filter((word) => word.length > 2),
  ).score < LEAST_SCORE
    ? REMEDY
    : undefined;
}

/** Throws `invalid`, for the field that held the password. */
export async function requireStrongPassword(
  password: string,
  { field, about }: { readonly field: string; readonly about: readonly string[] },
): Promise<void> {
  const message = await findPasswordFault(password, about);
  if (message !== undefined) throw new ApiError('invalid', `${message}.`, { errors: [{ field, message }] });
}

/** At the first use: the dictionaries take 14 MB. */
async function load(): Promise<Check> {
  const [{ ZxcvbnFactory }, common, english] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
    import('@zxcvbn-ts/language-en'),
  ]);
  const dictionary = { ...common.dictionary, ...english.dictionary };
  const zxcvbn = new ZxcvbnFactory({ dictionary, graphs: common.adjacencyGraphs, ...LIMITS });
  return (password, about) => zxcvbn.check(password, about);
}
