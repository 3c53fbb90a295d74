import { createHash } from 'node:crypto';
import { pause, throwIfEnded } from './feed.ts';
import type { SubmissionService } from './service.ts';
import type { SubmissionView } from './wire.ts';

const FIRST_PAUSE_MS = 250;
const MAX_PAUSE_MS = 2000;
const FINAL_STATES = new Set<SubmissionView['state']>(['processed', 'failed', 'discarded']);

/** A state and its mark, by which a reconnecting client says what it has seen. */
export interface MarkedView {
  readonly mark: string;
  readonly view: SubmissionView;
}

/**
 * Yields a submission's status at first and whenever it changes, and returns after a final one. Looks often at
 * first, when most things happen, and less and less while nothing does. Aborted, it throws `AbortError`.
 */
export async function* watchStatus(
  service: SubmissionService,
  wanted: { readonly id: string; readonly code: string; readonly seenMark?: string | undefined },
  signal: AbortSignal,
): AsyncGenerator<MarkedView, void> {
  let seen = wanted.seenMark;
  let pauseMs = FIRST_PAUSE_MS;
  for (;;) {
    const view = await service.status(wanted.id, wanted.code);
    throwIfEnded(signal);
    const mark = markOf(view);
    if (mark !== seen) {
      seen = mark;
      pauseMs = FIRST_PAUSE_MS;
      yield { mark, view };
    }
    if (FINAL_STATES.has(view.state)) return;
    await pause(pauseMs, signal);
    throwIfEnded(signal);
    pauseMs = Math.min(pauseMs * 1.5, MAX_PAUSE_MS);
  }
}

function markOf(view: SubmissionView): string {
  return createHash('sha256').update(JSON.stringify(view)).digest('base64url').slice(0, 16);
}
