import { InvalidOptionsError, kindOf } from './errors.ts';

/** A name that differs in more than a third of its letters was not meant. */
const MAX_DISTANCE_SHARE = 1 / 3;

export function checkObject(what: string, given: unknown): asserts given is object {
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) return;
  throw new InvalidOptionsError(`${what} takes an object of options, and was given ${kindOf(given)}.`);
}

/** Refuses names that nothing has: a typo would leave the default in force, in silence. */
export function checkNames(what: string, given: object, known: readonly string[]): void {
  checkObject(what, given);
  for (const name of Object.keys(given)) {
    if (known.includes(name)) continue;
    const near = nearest(name, known);
    const meant = near === undefined ? `The options are ${known.join(', ')}.` : `Did you mean ${near}?`;
    throw new InvalidOptionsError(`${what} has no option ${JSON.stringify(name.slice(0, 64))}. ${meant}`);
  }
}

/** The known name that was probably meant: a typo away, or in other letters' case, or as a part. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const [best] = known
    .map((one) => ({ one, distance: distanceOf(name.toLowerCase(), one.toLowerCase()) }))
    .filter(({ one, distance }) => distance <= Math.max(name.length, one.length) * MAX_DISTANCE_SHARE)
    .toSorted((a, b) => a.distance - b.distance);
  return best?.one ?? known.find((one) => name.toLowerCase().startsWith(one.toLowerCase()));
}

/** How many letters must be inserted, deleted or replaced: Levenshtein's distance, one row of its table at a time. */
function distanceOf(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let taken = 1; taken <= from.length; taken += 1) {
    const next = [taken];
    for (let at = 1; at <= to.length; at += 1) {
      const replaced = (row[at - 1] ?? 0) + (from[taken - 1] === to[at - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[at] ?? 0) + 1, (next[at - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}

/** Each of these is a whole number of at least 1. */
export function checkWhole<T extends object>(
  options: T,
  keys: readonly (keyof T & string)[],
  prefix = '',
): void {
  for (const key of keys) {
    const value: unknown = options[key];
    if (!Number.isSafeInteger(value) || Number(value) < 1) {
      throw new InvalidOptionsError(
        `${prefix}${key} (${String(value)}) must be a whole number of at least 1.`,
      );
    }
  }
}

/** The ends of a range of times, in ms. */
export function checkRange(name: string, range: object, ends: readonly string[]): void {
  checkNames(name, range, ends);
  for (const end of ends) {
    const value: unknown = Reflect.get(range, end);
    if (!(typeof value === 'number' && value > 0 && value < Number.POSITIVE_INFINITY)) {
      throw new InvalidOptionsError(
        `${name}.${end} (${String(value)}) must be a positive number of milliseconds.`,
      );
    }
  }
}
