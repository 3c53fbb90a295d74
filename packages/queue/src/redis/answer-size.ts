/** One answer's envelopes take at most this much, so that an answer with large payloads stays quick. */
export const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
