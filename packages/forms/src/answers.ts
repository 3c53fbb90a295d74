import { z } from 'zod';
import type { Choice } from './form.ts';

const NAME_MAX_CHARS = 200;
const TEXT_MAX_CHARS = 10_000;
const EMAIL_MAX_CHARS = 254;

/** Wide on purpose: an address that is wrongly refused loses a submission, one that is wrongly taken only a reply. */
const EMAIL = /^[^\s@\p{Cc}]+@[^\s@\p{Cc}.]+(?:\.[^\s@\p{Cc}.]+)+$/u;

/** A required line: trimmed. `what` completes "Enter …", `label` begins "… must be". */
export function line(what: string, label: string, maxChars: number = NAME_MAX_CHARS) {
  return text(what, label).trim().min(1, `Enter ${what}`).max(maxChars, tooLong(label, maxChars));
}

/** A required text of many lines: kept as it was written, though not all of it may be blank. */
export function prose(what: string, label: string, maxChars: number = TEXT_MAX_CHARS) {
  return text(what, label)
    .refine((value) => value.trim() !== '', { error: `Enter ${what}`, abort: true })
    .max(maxChars, tooLong(label, maxChars));
}

/** A text of many lines that may be left out. */
export function optionalProse(label: string, maxChars: number = TEXT_MAX_CHARS) {
  return z
    .string({ error: `${label} must be text` })
    .max(maxChars, tooLong(label, maxChars))
    .optional();
}

/** A required email address: trimmed. */
export function email() {
  return text('your email address', 'Email address')
    .trim()
    .min(1, { error: 'Enter your email address', abort: true })
    .max(EMAIL_MAX_CHARS, tooLong('Email address', EMAIL_MAX_CHARS))
    .regex(EMAIL, 'Enter an email address in the correct format, like name@example.com');
}

/** One of the choices. `prompt` is said both when none and when an unknown one was chosen. */
export function oneOf(choices: readonly Choice[], prompt: string) {
  return z.enum(values(choices), { error: prompt });
}

/** Any number of the choices, each at most once. */
export function manyOf(choices: readonly Choice[], prompt: string) {
  return z
    .array(z.enum(values(choices), { error: prompt }), { error: prompt })
    .refine((chosen) => new Set(chosen).size === chosen.length, { error: `${prompt}, each only once` });
}

/** A day that exists, from `min` to `max` (`YYYY-MM-DD`, inclusive). `what` completes "Enter …", `label` begins "… must be". */
export function day(what: string, label: string, range: { readonly min: string; readonly max: string }) {
  return z
    .string({
      error: (issue) =>
        issue.input === undefined ? `Enter ${what}` : `${label} must be a date, like ${range.min}`,
    })
    .min(1, { error: `Enter ${what}`, abort: true })
    .refine(isDay, { error: `${label} must be a real date, like ${range.min}`, abort: true })
    .refine((value) => range.min <= value && value <= range.max, {
      error: `${label} must be between ${range.min} and ${range.max}`,
    });
}

/** A box that must be ticked. */
export function ticked(prompt: string) {
  return z.literal(true, { error: prompt });
}

function text(what: string, label: string) {
  return z.string({
    error: (issue) => (issue.input === undefined ? `Enter ${what}` : `${label} must be text`),
  });
}

function tooLong(label: string, maxChars: number): string {
  return `${label} must be ${maxChars.toLocaleString('en')} characters or less`;
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
