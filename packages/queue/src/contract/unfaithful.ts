import { isAnyArrayBuffer, isArrayBufferView, isDate, isNativeError } from 'node:util/types';
import { InvalidSubmissionError } from './errors.ts';

/** The place of a value in the data. A chain instead of a text, so that a path is written only for an error. */
export interface Place {
  readonly parent: Place | undefined;
  readonly key: string;
  /** From 1. */
  readonly depth: number;
}

const MAX_PATH = 200;

/** As code names it, for messages: `data.answers[0]`. */
export function pathOf(key: string, parent: Place | undefined): string {
  const steps: string[] = [];
  for (let at: Pick<Place, 'key' | 'parent'> = { key, parent }; at.parent !== undefined; at = at.parent) {
    steps.unshift(stepTo(at.key));
  }
  const path = `data${steps.join('')}`;
  return path.length > MAX_PATH ? `${path.slice(0, MAX_PATH)}…` : path;
}

function stepTo(key: string): string {
  if (/^\d+$/.test(key)) return `[${key}]`;
  return /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

const AWAIT =
  'It was not awaited: write `await` before the call that gives it, as in `data: await request.json()`';

/**
 * What JSON empties, by the class: a file, a form, a map would be stored as `{}`, and the sender would be thanked. The first
 * match counts.
 */
const REMEDIES: readonly (readonly [isKind: (value: object) => boolean, remedy: string])[] = [
  [isThenable, AWAIT],
  [isKind('Request', 'Response'), 'Read its body: `await request.json()`'],
  [isKind('FormData', 'URLSearchParams', 'Headers'), 'Give its fields: `Object.fromEntries(value)`'],
  [isKind('Map'), 'Give its entries: `Object.fromEntries(value)`, or `[...value]`'],
  [isKind('Set'), 'Give an array: `[...value]`'],
  [isKind('Blob', 'File'), 'Store the file elsewhere and give its address, or its bytes as base64 text'],
  [
    (value) => isArrayBufferView(value) || isAnyArrayBuffer(value),
    "Give its bytes as text: `Buffer.from(value).toString('base64')`, or its numbers: `Array.from(value)`",
  ],
  [
    (value) => isNativeError(value) || value instanceof Error,
    'Give its text: `{ name: error.name, message: error.message }`',
  ],
  [(value) => typeof Reflect.get(value, Symbol.iterator) === 'function', 'Give an array: `[...value]`'],
];

/** For an object whose toJSON() gives null: an invalid date does, and would be lost in silence. */
export function refuseNullForm(value: unknown, key: string, parent: Place | undefined): never {
  const what = isDate(value) ? 'an invalid Date' : `${classOf(Object(value))} whose toJSON() gives null`;
  throw refusal(key, parent, what, 'Give a valid one, or null itself');
}

/**
 * Throws `InvalidSubmissionError` for what JSON cannot carry. Returns for an instance of a class whose data are fields of its own:
 * JSON carries those. An instance with accessors, or without own fields, may keep its data where JSON does not look.
 */
export function refuseUnfaithful(value: object, key: string, parent: Place | undefined): void;
export function refuseUnfaithful(value: unknown, key: string, parent: Place | undefined): never;
export function refuseUnfaithful(value: unknown, key: string, parent: Place | undefined): void {
  if (typeof value === 'object' && value !== null) return refuseInstance(value, key, parent);
  if (typeof value === 'function' && key === 'then' && parent !== undefined)
    throw refusal(parent.key, parent.parent, 'a promise, which JSON cannot carry', AWAIT);
  if (typeof value === 'function' || typeof value === 'symbol') {
    throw refusal(key, parent, `a ${typeof value}, which JSON leaves out`, 'Leave it out, or give a string');
  }
  throw refusal(key, parent, `the number ${String(value)}, which has no JSON form`, 'Give it as a string');
}

/** Prototypes whose instances keep their data in fields of their own, as was seen before. */
const carried = new WeakSet<object>();

function refuseInstance(value: object, key: string, parent: Place | undefined): void {
  const isEmpty = Object.keys(value).length === 0;
  const prototype = Object(Object.getPrototypeOf(value));
  if (!isEmpty && carried.has(prototype)) return;
  const found = REMEDIES.find(([isOfKind]) => isOfKind(value));
  if (found) throw refusal(key, parent, `${classOf(value)}, which JSON cannot carry`, found[1]);
  if (!isEmpty && !hasAccessors(value)) {
    carried.add(prototype);
    return;
  }
  const what = `${classOf(value)}, which keeps data where JSON does not look`;
  throw refusal(key, parent, what, 'Give a plain object, or give the class a toJSON()');
}

function refusal(key: string, parent: Place | undefined, what: string, remedy: string) {
  return new InvalidSubmissionError('data', `${pathOf(key, parent)} is ${what}. ${remedy}.`);
}

function isThenable(value: object): boolean {
  return typeof Reflect.get(value, 'then') === 'function';
}

/** By the name of its class or tag, since polyfills and other realms have classes of their own. */
function isKind(...names: readonly string[]): (value: object) => boolean {
  return (value) => names.includes(Object.prototype.toString.call(value).slice(8, -1));
}

/** Some of the classes of the value have a getter. */
function hasAccessors(value: object): boolean {
  for (
    let prototype: unknown = Object.getPrototypeOf(value);
    isObject(prototype) && Object.getPrototypeOf(prototype) !== null;
    prototype = Object.getPrototypeOf(prototype)
  ) {
    const properties = Object.values(Object.getOwnPropertyDescriptors(prototype));
    if (properties.some(({ get }) => get !== undefined)) return true;
  }
  return false;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function classOf(value: object): string {
  const maker: unknown = Reflect.get(value, 'constructor');
  const name = typeof maker === 'function' ? maker.name.slice(0, 64) : '';
  if (name === '') return 'an object of a class';
  return `${/^[AEIO]/i.test(name) ? 'an' : 'a'} ${name}`;
}
