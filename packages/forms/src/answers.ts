import { z } from 'zod';
import { COMPLAINTS } from './complaints.ts';
import type { Choice } from './form.ts';
import type { Locale } from './locale.ts';

const NAME_MAX_CHARS = 200;
const TEXT_MAX_CHARS = 10_000;
const EMAIL_MAX_CHARS = 254;

/** Wide on purpose: an address that is wrongly refused loses a submission, one that is wrongly taken only a reply. */
const EMAIL = /^[^\s@\p{Cc}]+@[^\s@\p{Cc}.]+(?:\.[^\s@\p{Cc}.]+)+$/u;

/** The label of a question, and the message for a missing answer. */
interface Asked {
  readonly label: string;
  readonly missing: string;
}

/** The checks of one language. */
export type Checks = ReturnType<typeof checksIn>;

/** The checks of which forms make their schemas, with the complaints of one language. */
export function checksIn(locale: Locale) {
  const say = COMPLAINTS[locale];

  const text = ({ label, missing }: Asked) =>
    z.string({ error: (issue) => (issue.input === undefined ? missing : say.noText(label)) });

  return {
    /** A required line: trimmed. */
    line: (asked: Asked, maxChars: number = NAME_MAX_CHARS) =>
      text(asked).trim().min(1, asked.missing).max(maxChars, say.tooLong(asked.label, maxChars)),

    /** A required text of many lines: kept as it was written, though not all of it may be blank. */
    prose: (asked: Asked, maxChars: number = TEXT_MAX_CHARS) =>
      text(asked)
        .refine((value) => value.trim() !== '', { error: asked.missing, abort: true })
        .max(maxChars, say.tooLong(asked.label, maxChars)),

    /** A text of many lines that may be left out. */
    optionalProse: (label: string, maxChars: number = TEXT_MAX_CHARS) =>
      z
        .string({ error: say.noText(label) })
        .max(maxChars, say.tooLong(label, maxChars))
        .optional(),

    /** A required email address: trimmed. */
    email: (asked: Asked) =>
      text(asked)
        .trim()
        .min(1, { error: asked.missing, abort: true })
        .max(EMAIL_MAX_CHARS, say.tooLong(asked.label, EMAIL_MAX_CHARS))
        .regex(EMAIL, say.noEmail),

    /** One of the choices. `prompt` is said both when none and when an unknown one was chosen. */
    oneOf: (choices: readonly Choice[], prompt: string) => z.enum(values(choices), { error: prompt }),

    /** Any number of the choices, each at most once. */
    manyOf: (choices: readonly Choice[], prompt: string) =>
      z
        .array(z.enum(values(choices), { error: prompt }), { error: prompt })
        .refine((chosen) => new Set(chosen).size === chosen.length, { error: say.notOnce(prompt) }),

    /** A day that exists, from `min` to `max` (`YYYY-MM-DD`, inclusive). */
    day: ({ label, missing }: Asked, range: { readonly min: string; readonly max: string }) =>
      z
        .string({ error: (issue) => (issue.input === undefined ? missing : say.noDate(label, range.min)) })
        .min(1, { error: missing, abort: true })
        .refine(isDay, { error: say.noRealDate(label, range.min), abort: true })
        .refine((value) => range.min <= value && value <= range.max, {
          error: say.outside(label, range.min, range.max),
        }),

    /** A box that must be ticked. */
    ticked: (prompt: string) => z.literal(true, { error: prompt }),
  };
}

function values(choices: readonly Choice[]): string[] {
  return choices.map((choice) => choice.value);
}

function isDay(value: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(value)) return false;
  const date = new Date(`${value}T00:00:00Z`);
  // 2027-02-30 would be read as 2 March, or as no date at all.
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(value);
}
