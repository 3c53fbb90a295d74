import fc from 'fast-check';

/** Any UTF-16 text: NUL, controls, lone surrogates and all. */
export const anyText = fc.string({
  unit: fc.oneof(
    fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
    fc.nat(0xffff).map((code) => String.fromCharCode(code)),
    fc.constantFrom('\u0000', '\ud800', '\udfff', '\u2028', '"', '\\', '\n', '😀'),
  ),
  maxLength: 12,
});

/** No key of one backslash: JSON.parse of Node 24 takes other keys for it (findings/node24-json-parse-takes-one-key-for-another.sh). */
const key = fc.oneof(
  anyText.filter((text) => text !== '\\'),
  fc.constantFrom('__proto__', 'constructor', 'toString', 'hasOwnProperty', '', '0', '10', '9', 'é'),
);

/** An object with these own properties, `__proto__` among them where it is named. */
function objectOf(entries: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  const made: Record<string, unknown> = {};
  for (const [name, value] of entries) {
    Object.defineProperty(made, name, { value, enumerable: true, configurable: true, writable: true });
  }
  return made;
}

/** Any JSON value, as a parsed request body could hold it. */
export const jsonValue: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, depthSize: 'small', withCrossShrink: true },
    fc.oneof(
      anyText,
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
    ),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(key, tie('value')), { maxLength: 4 }).map(objectOf),
  ),
})).value;

/** The same value with the keys of every object in another order. */
export function reordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reordered);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.keys(value).map((name) => [name, reordered(Reflect.get(value, name))] as const);
  return objectOf(entries.toReversed());
}
