import { createHash } from 'node:crypto';
import { createFeed } from './feed.ts';
import type { SubmissionService } from '../submit/service.ts';
import type { SubmissionView } from '../wire.ts';

const FIRST_PAUSE_MS = 250;
const MAX_PAUSE_MS = 2000;
const FINAL_STATES = new Set<SubmissionView['state']>(['processed', 'failed', 'discarded']);

/** A state and its mark, by which a reconnecting client says what it has seen. */
interface MarkedView {
  readonly mark: string;
  readonly view: SubmissionView;
}

interface Wanted {
  readonly id: string;
  readonly code: string;
  /** What a reconnecting client has seen already. */
  readonly seenMark?: string | undefined;
}

/**
 * Yields a submission's status at first and whenever it changes, and returns after a final one. Aborted, it throws
 * `AbortError`; with a wrong code `not-found`.
 */
export type StatusWatch = (wanted: Wanted, signal: AbortSignal) => AsyncGenerator<MarkedView, void>;

/**
 * However many watch a submission, it is asked for once: often at first, when most things happen, and less and less
 * while nothing does.
 */
export function createStatusWatch(service: Pick<SubmissionService, 'status'>): StatusWatch {
  // The code is part of the key: whoever has a wrong one must not join those who have the right one.
  const watch = createFeed({
    load: ({ id, code }: { readonly id: string; readonly code: string }) => service.status(id, code),
    everyMs: (quiet) => Math.min(FIRST_PAUSE_MS * 1.5 ** quiet, MAX_PAUSE_MS),
    fingerprint: markOf,
  });
  return async function* watchStatus({ id, code, seenMark }, signal) {
    for await (const view of watch({ id: id.toLowerCase(), code }, signal)) {
      const mark = markOf(view);
      if (mark !== seenMark) yield { mark, view };
      if (FINAL_STATES.has(view.state)) return;
    }
  };
}

function markOf(view: SubmissionView): string {
  return createHash('sha256').update(JSON.stringify(view)).digest('base64url').slice(0, 16);
}
