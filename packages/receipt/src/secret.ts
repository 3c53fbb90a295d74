const MIN_CHARS = 16;
/** Even in hexadecimal, a random text of that length has more. */
const MIN_DISTINCT_CHARS = 8;
/** Placeholders in examples and compose files, which are not secret. */
const PLACEHOLDER =
  /change.?(me|this|it)|replace.?(me|this|it)|example|placeholder|default|insecure|your.{0,8}secret/i;

/** Why a text cannot be a secret, to be read after "The secret"; `undefined`: it may be one. */
export function weaknessOf(secret: string): string | undefined {
  if (secret.length < MIN_CHARS) {
    return `has ${secret.length} characters; use at least ${MIN_CHARS} random ones`;
  }
  if (PLACEHOLDER.test(secret)) return 'is the one of an example';
  // Only a text that repeats a piece of itself is found in its double before its own second half.
  const isRepetition = `${secret}${secret}`.indexOf(secret, 1) < secret.length;
  if (isRepetition || new Set(secret).size < MIN_DISTINCT_CHARS) return 'repeats itself';
  return undefined;
}
