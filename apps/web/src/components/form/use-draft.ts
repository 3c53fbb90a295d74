'use client';

import type { Answers } from '@spillway/forms';
import { useEffect, useState } from 'react';
import { clearDraft, isBlank, readDraft } from '#lib/draft.ts';

interface Drafted {
  /** The draft on this device. */
  readonly draft: Answers | undefined;
  /** Another one after each change of `draft`: controls take their first value only. */
  readonly version: number;
  /** Forgets it and empties the form. */
  startOver(): void;
}

/** Fills in the draft, unless the page already has answers, or the person has begun to type. */
export function useDraft(form: string, isAnswered: boolean, current: () => Answers): Drafted {
  const [{ draft, version }, set] = useState<{ draft?: Answers; version: number }>({ version: 0 });
  useEffect(() => {
    const found = isAnswered ? undefined : readDraft(form);
    if (found && isBlank(current())) set({ draft: found, version: 1 });
    // Only when the page opens: later, the values in the form are newer than the draft.
    // oxlint-disable-next-line react/exhaustive-deps
  }, []);
  return {
    draft,
    version,
    startOver() {
      clearDraft(form);
      set((before) => ({ version: before.version + 1 }));
    },
  };
}
