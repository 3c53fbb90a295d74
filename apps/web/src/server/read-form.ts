import { ApiError, readBytes } from '@spillway/api';

const FORM_TYPE = 'application/x-www-form-urlencoded';

/** Reads what a browser posts of a form without files. Throws `unsupported-media-type`, or as `readBytes` does. */
export async function readForm(request: Request, maxBytes: number): Promise<FormData> {
  const [type = ''] = (request.headers.get('content-type') ?? '').split(';');
  if (type.trim().toLowerCase() !== FORM_TYPE) {
    throw new ApiError('unsupported-media-type', 'Send the form as your browser would.');
  }
  const body = await readBytes(request, maxBytes);
  return new Response(body, { headers: { 'content-type': FORM_TYPE } }).formData();
}

/** A field's one value. `undefined`: missing or empty. */
export function fieldOf(posted: FormData, name: string): string | undefined {
  const value = posted.get(name);
  return typeof value === 'string' && value !== '' ? value : undefined;
}
