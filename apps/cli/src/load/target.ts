import type { Queue } from '@spillway/queue';

/** The longest wait for an answer. */
const ANSWER_MS = 30_000;

/** Sends one submission and resolves to the store that acknowledged it. Rejects with the reason of a refusal. */
export type Send = () => Promise<string>;

export interface Content {
  readonly form: string;
  readonly bytes: number;
}

export function toQueue(queue: Queue, content: Content): Send {
  const data = dataOf(content.bytes);
  return async () => (await queue.enqueue({ form: content.form, data })).via;
}

export function toUrl(address: URL, content: Content): Send {
  const body = JSON.stringify({ form: content.form, data: dataOf(content.bytes) });
  return async () => {
    const response = await fetch(address, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      signal: AbortSignal.timeout(ANSWER_MS),
    }).catch((error: unknown) => {
      throw new Error(causeOf(error), { cause: error });
    });
    const answer = (await response.json().catch(() => ({}))) as { via?: string; title?: string };
    if (response.status === 202) return answer.via ?? 'unknown';
    throw new Error(`${response.status} ${answer.title ?? response.statusText}`);
  };
}

/** The error of fetch says only that it failed; its cause has the reason. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && cause.message !== '' ? cause.message : String(error);
}

/** `{"load":"xxx…"}` of about this many bytes. */
function dataOf(bytes: number): { load: string } {
  const frame = JSON.stringify({ load: '' }).length;
  return { load: 'x'.repeat(Math.max(1, bytes - frame)) };
}
