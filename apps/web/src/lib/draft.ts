import type { Answers } from '@spillway/forms';

const KEPT_MS = 7 * 24 * 60 * 60 * 1000;

interface Draft {
  readonly answers: Answers;
  readonly savedAt: number;
}

/** Keeps a draft for a week, only on this device. */
export function saveDraft(form: string, answers: Answers): void {
  if (isBlank(answers)) return clearDraft(form);
  const draft: Draft = { answers, savedAt: Date.now() };
  quietly(() => localStorage.setItem(keyOf(form), JSON.stringify(draft)));
}

export function readDraft(form: string): Answers | undefined {
  return quietly(() => {
    const draft: Draft | null = JSON.parse(localStorage.getItem(keyOf(form)) ?? 'null');
    if (draft && Date.now() < draft.savedAt + KEPT_MS) return draft.answers;
    clearDraft(form);
    return undefined;
  });
}

export function clearDraft(form: string): void {
  quietly(() => localStorage.removeItem(keyOf(form)));
}

/** Whether nothing was written or chosen. */
export function isBlank(answers: Answers): boolean {
  return Object.values(answers).every(
    (value) => value === '' || (Array.isArray(value) && value.length === 0),
  );
}

function keyOf(form: string): string {
  return `spillway-draft-${form}`;
}

/** Storage may be switched off or full. A draft is a convenience, so nothing depends on it. */
function quietly<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
