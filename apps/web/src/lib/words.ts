const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const numbers = new Intl.NumberFormat('en');

/** 1482 -> "1,482". */
export function count(value: number): string {
  return numbers.format(value);
}

/** 1 -> "1 submission", 1482 -> "1,482 submissions". `capped`: "10,000 or more submissions". */
export function countOf(value: number, noun: string, capped = false): string {
  return `${count(value)}${capped ? ' or more' : ''} ${noun}${value === 1 && !capped ? '' : 's'}`;
}

/** A length of time by its two largest units: "3 min 12 s", "2 h 5 min", "4 d". Below a second: "0 s". */
export function duration(ms: number): string {
  const total = Math.max(0, ms);
  if (total < MINUTE) return `${Math.floor(total / SECOND)} s`;
  if (total < HOUR) return pair(total, MINUTE, 'min', SECOND, 's');
  if (total < DAY) return pair(total, HOUR, 'h', MINUTE, 'min');
  return pair(total, DAY, 'd', HOUR, 'h');
}

function pair(ms: number, big: number, bigUnit: string, small: number, smallUnit: string): string {
  const rest = Math.floor((ms % big) / small);
  const head = `${Math.floor(ms / big)} ${bigUnit}`;
  return rest === 0 ? head : `${head} ${rest} ${smallUnit}`;
}

/** "a crash loses nothing" -> "A crash loses nothing." */
export function sentence(words: string): string {
  const text = words.charAt(0).toUpperCase() + words.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** 832 -> "832 B", 2048 -> "2.0 KiB". */
export function bytes(value: number): string {
  return value < 1024 ? `${value} B` : `${(value / 1024).toFixed(1)} KiB`;
}

/**
 * The part of an id that people read to each other. The end, because the beginning is the time and is
 * shared by all that was submitted in the same minute.
 */
export function shortId(id: string): string {
  return id
    .slice(-12)
    .toUpperCase()
    .replace(/(.{4})(?=.)/g, '$1-');
}
