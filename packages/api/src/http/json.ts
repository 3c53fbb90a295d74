import { readBytes } from './body.ts';
import { ApiError } from '../errors.ts';
import { checkJsonText } from './json-scan.ts';

/** Reads a request's body as JSON. Throws `unsupported-media-type`, `too-large`, `not-json` or `invalid`. */
export async function readJson(request: Request, maxBytes: number): Promise<unknown> {
  return parseJson(await readBody(request, maxBytes));
}

/** The body as text. Throws like `readJson`. */
export async function readBody(request: Request, maxBytes: number): Promise<string> {
  checkContentType(request.headers);
  const bytes = await readBytes(request, maxBytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new ApiError('not-json', 'The body is not UTF-8 text. Send JSON in UTF-8.', {}, { cause });
  }
}

/** JSON text as a value. Throws `not-json`, or what `checkJsonText` throws. */
export function parseJson(text: string): unknown {
  checkJsonText(text);
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof SyntaxError ? cause.message : 'it cannot be parsed';
    throw new ApiError('not-json', `The body is not JSON: ${reason}`, {}, { cause });
  }
}

/** Throws `unsupported-media-type` where a body is not JSON by its headers. */
export function checkContentType(headers: Headers): void {
  const [type = '', ...parameters] = (headers.get('content-type') ?? '').toLowerCase().split(';');
  const charset = parameters
    .map((parameter) => parameter.trim())
    .find((parameter) => parameter.startsWith('charset='));
  const readable = charset === undefined || /^charset="?utf-?8"?$/.test(charset);
  const encoded = (headers.get('content-encoding') ?? 'identity') !== 'identity';
  if (type.trim() !== 'application/json' || !readable || encoded) {
    throw new ApiError(
      'unsupported-media-type',
      'Send JSON in UTF-8, not compressed, with Content-Type: application/json.',
    );
  }
}
