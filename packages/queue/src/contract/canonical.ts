import { isBoxedPrimitive } from 'node:util/types';
import { InvalidSubmissionError } from './errors.ts';
import { pathOf, refuseNullForm, refuseUnfaithful } from './unfaithful.ts';
import type { Place } from './unfaithful.ts';

/** Deeper JSON is an attack or a mistake, and overflows the stack of recursive readers. */
const MAX_DEPTH = 100;

/**
 * JSON with sorted keys and no spaces: equal values give equal text, whatever the order of their keys. Follows JSON.stringify
 * (toJSON, skipped undefined), but refuses what JSON.stringify changes or empties silently, with its path and a remedy.
 */
export function canonicalize(value: unknown): string {
  const text = canonicalText(value, '', undefined);
  if (text === undefined) {
    throw new InvalidSubmissionError(
      'data',
      'data is undefined. Give a JSON value; null stands for no value.',
    );
  }
  return text;
}

function canonicalText(given: unknown, key: string, parent: Place | undefined): string | undefined {
  // Most values are strings, and the checks below would take longer than writing one.
  if (typeof given === 'string') return JSON.stringify(given);
  const value = toPlain(given, key);
  if (value === null && given !== null) return refuseNullForm(given, key, parent);
  if (value !== null && typeof value === 'object') {
    const place = { parent, key, depth: parent === undefined ? 1 : parent.depth + 1 };
    if (place.depth > MAX_DEPTH) {
      throw new InvalidSubmissionError('depth', `The data is nested more than ${MAX_DEPTH} levels deep.`);
    }
    if (Array.isArray(value)) return canonicalArray(value, place);
    if (!isPlain(value)) refuseUnfaithful(value, key, parent);
    return canonicalObject(value, place);
  }
  // JSON.stringify has called a method of this name, and leaves it out.
  if (isScalar(value) || (typeof value === 'function' && key === 'toJSON')) return JSON.stringify(value);
  return refuseUnfaithful(value, key, parent);
}

/** The value that JSON.stringify writes: toJSON is called once, and boxed primitives are unboxed. */
function toPlain(given: unknown, key: string): unknown {
  if (given === null || (typeof given !== 'object' && typeof given !== 'bigint')) return given;
  const value = hasToJson(given) ? given.toJSON(key) : given;
  return isBoxedPrimitive(value) ? Object(value).valueOf() : value;
}

function hasToJson(value: object | bigint): value is { toJSON(key: string): unknown } {
  return typeof Reflect.get(Object(value), 'toJSON') === 'function';
}

/** An object without a class, of any realm: `Object.prototype` is the one that inherits from nothing. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** What JSON writes as it is, or, for undefined, leaves out as an absent key. */
function isScalar(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  return value === null || value === undefined || typeof value === 'string' || typeof value === 'boolean';
}

function canonicalArray(values: readonly unknown[], place: Place): string {
  let items = '';
  for (let index = 0; index < values.length; index += 1) {
    const text = canonicalText(values[index], String(index), place);
    if (text === undefined) {
      throw new InvalidSubmissionError(
        'data',
        `${pathOf(String(index), place)} is undefined, which JSON turns into null inside an array. Give null, or leave the item out.`,
      );
    }
    items += index === 0 ? text : `,${text}`;
  }
  return `[${items}]`;
}

function canonicalObject(value: object, place: Place): string {
  let fields = '';
  for (const key of Object.keys(value).sort()) {
    const text = canonicalText(Reflect.get(value, key), key, place);
    if (text !== undefined) fields += `${fields === '' ? '' : ','}${JSON.stringify(key)}:${text}`;
  }
  return `{${fields}}`;
}
