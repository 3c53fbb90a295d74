import { expect, it } from 'vitest';
import { readReference, referenceOf } from '../src/index.ts';

const ID = '01a20775-fce3-7153-a864-7cdbab0630df';

it('a reference is the beginning and the end of an id, and is read in any spelling', () => {
  expect(referenceOf(ID)).toBe('01A2-0775-7CDB-AB06-30DF');
  const expected = { kind: 'ends', begins: '01a20775', ends: '7cdbab0630df' };
  for (const text of [referenceOf(ID), ' 01a2 0775 7cdb ab06 30df ', '01A207757CDBAB0630DF']) {
    expect(readReference(text)).toEqual(expected);
  }
  expect(readReference(` ${ID.toUpperCase()} `)).toEqual({ kind: 'id', id: ID });
});

it.each(['', '7CDB-AB06-30DF', '01A2-0775-7CDB-AB06-30DG', `${ID}0`, "' or 1=1 --"])(
  '%j is not a reference',
  (text) => {
    expect(readReference(text)).toBeUndefined();
  },
);
