/** What one body may hold. Each limit is far above what people and ordinary programs send. */

/** Levels of nesting. Guards our own recursion; the queue's limit on data is lower and decides there. */
export const MAX_DEPTH = 110;
/** Keys of all objects together. */
export const MAX_KEYS = 10_000;
/** Items of all lists together. */
export const MAX_ITEMS = 100_000;
/** Characters of one number. The largest double written out has 309. */
export const MAX_DIGITS = 400;
/** Characters of a name that an error quotes. */
const MAX_QUOTED_CHARS = 64;

/** A text of the sender's as an error quotes it. */
export function shorten(text: string): string {
  return text.length > MAX_QUOTED_CHARS ? `${text.slice(0, MAX_QUOTED_CHARS)}…` : text;
}
