const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;
const BEGINS_CHARS = 8;
const ENDS_CHARS = 12;

/** What a person can say of a submission: the whole id, or how it begins and ends. */
export type Reference =
  | { readonly kind: 'id'; readonly id: string }
  | { readonly kind: 'ends'; readonly begins: string; readonly ends: string };

/**
 * An id as people write it down and read it out: its first part is the time to about a minute, which makes the look-up
 * possible, and its last part is 48 random bits. `01A2-0775-7CDB-AB06-30DF`.
 */
export function referenceOf(id: string): string {
  const digits = (id.slice(0, BEGINS_CHARS) + id.slice(-ENDS_CHARS)).toUpperCase();
  return digits.replaceAll(/(.{4})(?=.)/g, '$1-');
}

/** Reads a reference, or a whole id, however it is spaced. `undefined`: it is neither. */
export function readReference(text: string): Reference | undefined {
  const written = text.trim().toLowerCase();
  if (UUID.test(written)) return { kind: 'id', id: written };
  const digits = written.replaceAll(/[\s-]/g, '');
  if (!/^[0-9a-f]{20}$/.test(digits)) return undefined;
  return { kind: 'ends', begins: digits.slice(0, BEGINS_CHARS), ends: digits.slice(-ENDS_CHARS) };
}
