import { describe, expect, it } from 'vitest';
import { causesOf, errorText, toError } from '../../src/util/error-text.ts';
import { THROWN } from '../thrown.ts';

describe('whatever is thrown', () => {
  for (const [what, thrown] of Object.entries(THROWN)) {
    it(`becomes an error with readable text of bounded length: ${what}`, () => {
      const { name, message } = toError(thrown());
      expect([typeof name, typeof message]).toEqual(['string', 'string']);
      expect(errorText(thrown()).length).toBeGreaterThan(0);
      expect(errorText(thrown()).length).toBeLessThanOrEqual(1_001);
      expect(errorText(toError(thrown())).length).toBeLessThanOrEqual(1_020);
      expect(causesOf(thrown()).length).toBeLessThanOrEqual(5);
    });
  }

  it('stays the error that it is, where it can be read', () => {
    const error = Object.freeze(new RangeError('as it is'));
    expect(toError(error)).toBe(error);
    expect(errorText(error)).toBe('RangeError: as it is');
  });

  it('tells nothing of the statement and its parameters that Drizzle adds', () => {
    const failed = new Error('Failed query: SELECT $1\nparams: secret', {
      cause: new Error('no such table'),
    });
    expect(errorText(failed)).toBe('Error: no such table');
    expect(errorText(new Error('Failed query: SELECT $1\nparams: secret'))).not.toContain('secret');
  });
});
