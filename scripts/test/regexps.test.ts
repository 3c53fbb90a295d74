import { expect, it } from 'vitest';
import { findSlowPatterns } from '../lib/regexps.ts';

process.env['RECHECK_BACKEND'] = 'pure';

it.each([
  ['the end of a run of zeros', String.raw`text.replace(/0+$/, '')`],
  ['spaces at the end', String.raw`/\s+$/.test(text)`],
  ['two runs beside each other', String.raw`const A = /^\d*\d*x/;`],
  ['a run of runs', String.raw`const A = /^(a+)+$/u;`],
  ['in JSX', String.raw`const a = <b>{/,+$/.test(text)}</b>;`],
  ['made by a constructor', String.raw`new RegExp('0+$', 'g')`],
])('%s is found', (_, code) => {
  expect(findSlowPatterns('some.tsx', code)).toEqual([expect.stringMatching(/^some\.tsx:1: \/.*grows/)]);
});

it('an expression that cannot be judged is reported, because there is no proof that it is fast', () => {
  expect(findSlowPatterns('some.ts', String.raw`/^a[^]*(?=\n at)/m`)).toEqual([
    expect.stringContaining('cannot be judged'),
  ]);
});

it('an expression built at run time is reported, because it cannot be judged', () => {
  expect(findSlowPatterns('some.ts', 'const a = 1;\nRegExp(`^${name}+`)')).toEqual([
    expect.stringContaining('some.ts:2: RegExp(…)'),
  ]);
});

it.each([
  String.raw`/^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/`,
  String.raw`/^0+/`,
  String.raw`/(?:^|;\s*)lang=([^;]*)/`,
  String.raw`/[\d.]{16}|\d[eE][+-]?\d{3}/`,
  String.raw`/^[a-z+*]{1,3}\+(?=\*)/`,
  String.raw`'/0+$/' // /\s+$/`,
])('%s is let through', (code) => {
  expect(findSlowPatterns('some.ts', code)).toEqual([]);
});
