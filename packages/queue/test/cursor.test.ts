import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCursor, encodeCursor } from '../src/cursor.ts';
import { runs } from './memory-runs.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A time as `timestamptz::text` writes it, with or without a fraction, in any zone. */
const at = fc
  .tuple(
    fc.date({ min: new Date('1000-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }),
    fc.nat(999_999),
    fc.constantFrom('+00', '-03', '+05:30', '+12:45'),
  )
  .map(
    ([date, micros, zone]) =>
      `${date.toISOString().slice(0, 19).replace('T', ' ')}${micros === 0 ? '' : `.${micros}`}${zone}`,
  );
const cursor = fc.record({ at, id: fc.uuid() });

describe('the cursor of a page', () => {
  it('comes back as it went, through an address', () => {
    fc.assert(
      fc.property(cursor, (place) => {
        const text = encodeCursor(place);
        expect(text).toMatch(/^[\w-]+$/);
        expect(decodeCursor(text)).toEqual(place);
      }),
      runs(300),
    );
  });

  it('means the first page where there is none, or none that can be read', () => {
    expect(decodeCursor(undefined)).toBeUndefined();
    expect(decodeCursor('')).toBeUndefined();
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(decodeCursor(text)).toBeUndefined();
      }),
      runs(500),
    );
  });

  it('is one that Postgres can read, or means the first page, when an address was damaged', () => {
    const damaged = fc.tuple(cursor, fc.nat(70), fc.constantFrom(...'09afAZ-:. +')).map(([place, index, by]) => {
      const plain = `${place.id} ${place.at}`;
      return Buffer.from(plain.slice(0, index) + by + plain.slice(index + 1)).toString('base64url');
    });
    fc.assert(
      fc.property(damaged, (text) => {
        const place = decodeCursor(text);
        if (place === undefined) return;
        expect(place.id).toMatch(UUID);
        expect(new Date(place.at.replace(/([+-]\d\d)$/, '$1:00')).getTime()).not.toBeNaN();
      }),
      runs(500),
    );
  });
});
