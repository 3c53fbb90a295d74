import { ApiError, readBytes } from '@spillway/api';

const FORM_TYPE = 'application/x-www-form-urlencoded';
/** Fields of one post. A page has a few dozen at most. */
const MAX_FIELDS = 1_000;
const AMPERSAND = '&'.charCodeAt(0);

/** What a browser posts of a form: names and values, in their order. */
export type PostedForm = URLSearchParams;

/**
 * Reads what a browser posts of a form without files. Throws `unsupported-media-type`, `too-large` for too many fields too,
 * or as `readBytes` does.
 */
export async function readForm(request: Request, maxBytes: number): Promise<PostedForm> {
  const [type = ''] = (request.headers.get('content-type') ?? '').split(';');
  if (type.trim().toLowerCase() !== FORM_TYPE) {
    throw new ApiError('unsupported-media-type', 'Send the form as your browser would.');
  }
  const body = await readBytes(request, maxBytes);
  if (countFields(body) > MAX_FIELDS) {
    throw new ApiError('too-large', `The form has more than ${MAX_FIELDS} fields. Send fewer.`);
  }
  return new URLSearchParams(new TextDecoder().decode(body));
}

/** A field's one value. `undefined`: missing or empty. */
export function fieldOf(posted: PostedForm, name: string): string | undefined {
  return posted.get(name) || undefined;
}

/** Before any of them is made into text. */
function countFields(body: Uint8Array): number {
  let fields = 1;
  for (const byte of body) if (byte === AMPERSAND) fields += 1;
  return fields;
}
