import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCursor, encodeCursor } from '../../src/contract/cursor.ts';
import { runs } from '../property-runs.ts';
import { anyText } from '../json-values.ts';

/** Postgres knows times up to the year 294276, far beyond this. */
const MAX_MS = 999_999_999_999_999;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const cursor = fc.record({ atMs: fc.nat(Date.parse('9999-12-31')), id: fc.uuid() });

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
      fc.property(anyText, (text) => {
        expect(decodeCursor(text)).toBeUndefined();
      }),
      runs(500),
    );
  });

  it('is one that Postgres can read, or means the first page, when an address was damaged', () => {
    const damaged = fc
      .tuple(cursor, fc.nat(70), fc.stringMatching(/^[09afAZ:. +-]$/))
      .map(([place, index, by]) => {
        const plain = `${place.id} ${place.atMs}`;
        return Buffer.from(plain.slice(0, index) + by + plain.slice(index + 1)).toString('base64url');
      });
    fc.assert(
      fc.property(damaged, (text) => {
        const place = decodeCursor(text);
        if (place === undefined) return;
        expect(place.id).toMatch(UUID);
        expect(place.atMs).toBeLessThanOrEqual(MAX_MS);
      }),
      runs(500),
    );
  });
});
