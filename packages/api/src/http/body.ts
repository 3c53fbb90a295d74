import { ApiError, isApiError } from '../errors.ts';

/**
 * A request's body. Gives up as soon as it is too long, whatever its header claimed. Throws `too-large`, or
 * `bad-request` where the sender left before its end.
 */
export async function readBytes(
  request: Pick<Request, 'body' | 'headers'>,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const claimedBytes = Number(request.headers.get('content-length') ?? 0);
  if (claimedBytes > maxBytes) throw tooLarge(maxBytes);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    // Leaving the loop by an error cancels the stream: the rest is not received.
    for await (const chunk of request.body ?? []) {
      bytes += chunk.byteLength;
      if (bytes > maxBytes) throw tooLarge(maxBytes);
      chunks.push(chunk);
    }
  } catch (error) {
    if (isApiError(error)) throw error;
    throw new ApiError(
      'bad-request',
      'The body broke off before its end. Send it again.',
      {},
      { cause: error },
    );
  }
  return Buffer.concat(chunks, bytes);
}

function tooLarge(maxBytes: number): ApiError {
  return new ApiError('too-large', `The body is larger than ${maxBytes} bytes. Send less.`);
}
