import type { Answers } from '@spillway/forms';

/** An accepted submission, kept in this tab until it is processed: should every store forget it, it is sent again. */
export interface Kept {
  readonly id: string;
  readonly form: string;
  readonly data: Answers;
}

export function remember(submission: Kept): void {
  quietly(() => sessionStorage.setItem(keyOf(submission.id), JSON.stringify(submission)));
}

export function recall(id: string): Kept | undefined {
  return quietly(() => {
    const text = sessionStorage.getItem(keyOf(id));
    return text === null ? undefined : JSON.parse(text);
  });
}

export function forget(id: string): void {
  quietly(() => sessionStorage.removeItem(keyOf(id)));
}

function keyOf(id: string): string {
  return `spillway:${id}`;
}

/** Storage may be switched off or full. It is a second net, so nothing depends on it. */
function quietly<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
