export function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

/**
 * An error's text for rows and logs: Drizzle's wrapping taken off (it lists the statement and its parameters,
 * so payloads), NUL removed (a text column refuses it), cut to length.
 */
export function errorText(error: unknown, maxLength = 1_000): string {
  let current = error;
  for (
    let depth = 0;
    depth < 5 && current instanceof Error && current.message.startsWith('Failed query');
    depth += 1
  ) {
    current = current.cause;
  }
  const text = current instanceof Error ? `${current.name}: ${current.message}` : String(current);
  const clean = text.replaceAll('\u0000', '\u2400').toWellFormed();
  return clean.length > maxLength ? `${clean.slice(0, maxLength)}…` : clean;
}
