import type { Locale } from './locale.ts';

const en = {
  noObject: 'Send a JSON object',
  more: (count: number) => `and ${count.toLocaleString('en')} more`,
  tooManyValues: (max: number) => `Send at most ${max.toLocaleString('en')} values`,
  unknownField: (key: string, form: string) => `"${key}" is not a field of ${form}: remove it`,
  noText: (label: string) => `${label} must be text`,
  tooLong: (label: string, maxChars: number) =>
    `${label} must be ${maxChars.toLocaleString('en')} characters or less`,
  noEmail: 'Enter an email address in the correct format, like name@example.com',
  notOnce: (prompt: string) => `${prompt}, each only once`,
  noDate: (label: string, example: string) => `${label} must be a date, like ${example}`,
  noRealDate: (label: string, example: string) => `${label} must be a real date, like ${example}`,
  outside: (label: string, min: string, max: string) => `${label} must be between ${min} and ${max}`,
};

const de: typeof en = {
  noObject: 'Senden Sie ein JSON-Objekt',
  more: (count) => `und ${count.toLocaleString('de')} weitere`,
  tooManyValues: (max) => `Senden Sie höchstens ${max.toLocaleString('de')} Werte`,
  unknownField: (key, form) => `„${key}“ ist kein Feld von ${form}: entfernen Sie es`,
  noText: (label) => `„${label}“ muss Text sein`,
  tooLong: (label, maxChars) =>
    `„${label}“ darf höchstens ${maxChars.toLocaleString('de')} Zeichen lang sein`,
  noEmail: 'Geben Sie eine gültige E-Mail-Adresse ein, wie name@example.com',
  notOnce: (prompt) => `${prompt}, jeden Eintrag nur einmal`,
  noDate: (label, example) => `„${label}“ muss ein Datum sein, wie ${example}`,
  noRealDate: (label, example) => `„${label}“ muss ein Datum sein, das es gibt, wie ${example}`,
  outside: (label, min, max) => `„${label}“ muss zwischen ${min} und ${max} liegen`,
};

/** The messages for invalid answers, for all forms. */
export const COMPLAINTS: Readonly<Record<Locale, typeof en>> = { en, de };
