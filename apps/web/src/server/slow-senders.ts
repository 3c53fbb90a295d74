import type { Server } from 'node:http';

const SECOND_MS = 1000;

interface SenderLimits {
  /** Until when a request's head must be there. */
  readonly headMs: number;
  /** Until when all of it must be there. A form's largest body takes that long at 70 kbit/s. */
  readonly requestMs: number;
}

const LIMITS: SenderLimits = { headMs: 10 * SECOND_MS, requestMs: 30 * SECOND_MS };

/**
 * Whoever sends a byte now and then, to hold a connection for good, is told 408 and cut off: at the next of Node's
 * looks around, which are half a minute apart. Only what is received counts, so an answer may stream for as long as it likes.
 */
export function cutSlowSenders(server: Server, { headMs, requestMs }: SenderLimits = LIMITS): void {
  server.headersTimeout = headMs;
  server.requestTimeout = requestMs;
}
