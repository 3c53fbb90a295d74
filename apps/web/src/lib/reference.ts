const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
/** How an id begins and ends, however it is spaced: what people write down of it. */
const REFERENCE = /^(?:[0-9a-f][\s-]*){20}$/i;

/** Whether a text is a reference, which several submissions may carry. */
export function isReference(text: string): boolean {
  return REFERENCE.test(text);
}

/** Whether a text names a submission. */
export function isIdOrReference(text: string): boolean {
  return UUID.test(text) || REFERENCE.test(text);
}
