import { describe, expect, it } from 'vitest';
import { createReceipts } from '../src/index.ts';

const SECRET = 'a secret of some length';
const ID = '01930000-0000-7000-8000-000000000001';

describe('receipt codes', () => {
  const receipts = createReceipts(SECRET);

  it('are the same for the same id, in upper or lower case, in every process with the secret', () => {
    const code = receipts.codeFor(ID);
    expect(code).toMatch(/^[\w-]{22}$/);
    expect(createReceipts(SECRET).codeFor(ID.toUpperCase())).toBe(code);
    expect(receipts.matches(ID, code)).toBe(true);
  });

  it('do not open other submissions', () => {
    const code = receipts.codeFor(ID);
    const other = ID.replace(/1$/, '2');
    expect(receipts.codeFor(other)).not.toBe(code);
    expect(createReceipts('another secret of length').codeFor(ID)).not.toBe(code);
    for (const wrong of [
      '',
      code.slice(1),
      `${code}x`,
      code.toLowerCase(),
      'é'.repeat(22),
      receipts.codeFor(other),
    ]) {
      expect(receipts.matches(ID, wrong)).toBe(false);
    }
  });

  it.each([
    ['short', 'at least 16'],
    ['change-me-to-something-random', 'of an example'],
    ['your-very-secret-secret-goes-here', 'of an example'],
    ['0123456789abcdef0123456789abcdef', 'repeats itself'],
    ['0000000000000000000000000000000000', 'repeats itself'],
    ['abcabcaabbccbbaaabcacbacbbacabca', 'repeats itself'],
  ])('want a secret that is one, and not %j', (secret, why) =>
    expect(() => createReceipts(secret)).toThrow(why),
  );
});
