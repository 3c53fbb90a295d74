import { setTimeout as pause } from 'node:timers/promises';
import { ConflictError, NotAcceptedError } from '@spillway/queue';
import type { Queue } from '@spillway/queue';
import type { Answer, Content } from './ledger.ts';
import type { Peer } from './peers/contestant.ts';
import type { Result, StoreName } from './verdict.ts';

const FORM = 'inbox';
/** More than the deadline of `enqueue`: without an answer for this time, the sender treats the web process as gone. */
const SILENCE_MS = 5_000;
const ERROR_CHARACTERS = 200;
const SILENT = Symbol();

/** Where a submission is handed in, with an id or for one to be minted. Never rejects: an error is an answer, too. */
export type Door = (id: string | undefined, content: Content) => Promise<Answer>;

/** The queue, within this process. */
export function queueDoor(queue: Queue): Door {
  return async (id, content) => {
    try {
      const accepted = await queue.enqueue({ ...(id !== undefined && { id }), form: FORM, data: content });
      return { result: 'acknowledged', via: accepted.via, keeps: accepted.keeps, queueId: accepted.id };
    } catch (error) {
      const queueId = error instanceof NotAcceptedError ? error.id : id;
      return { result: resultOf(error), error: describe(error), ...(queueId !== undefined && { queueId }) };
    }
  };
}

/** Another queue. Whether a submission that it did not acknowledge has arrived is not known. */
export function peerDoor(peer: Pick<Peer, 'submit'>): Door {
  return async (id = '', content) => {
    const answered = new AbortController();
    const silence = pause(SILENCE_MS, SILENT, { signal: answered.signal });
    silence.catch(() => {});
    try {
      const answer = await Promise.race([peer.submit(id, content), silence]);
      return answer === SILENT
        ? { result: 'unknown', error: `no answer in ${SILENCE_MS} ms` }
        : { result: 'acknowledged', queueId: id };
    } catch (error) {
      return { result: 'unknown', error: describe(error) };
    } finally {
      answered.abort();
    }
  };
}

/** The web application at this address. */
export function httpDoor(url: string): Door {
  return async (id, content) => {
    try {
      const response = await fetch(`${url}/api/submit`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ id, form: FORM, data: content }),
        signal: AbortSignal.timeout(SILENCE_MS),
      });
      return answerOf(response.status, JSON.parse(await response.text()));
    } catch (error) {
      return { result: 'unanswered', error: describe(error) };
    }
  };
}

interface Body {
  readonly via?: StoreName;
  readonly code?: string;
  readonly indeterminate?: boolean;
  readonly detail?: string;
}

function answerOf(status: number, { via, code, indeterminate, detail = '' }: Body): Answer {
  const error = `${status} ${code}: ${detail}`.slice(0, ERROR_CHARACTERS);
  if (status === 202 && via) return { result: 'acknowledged', via };
  if (code === 'conflict') return { result: 'conflict', error };
  if (code === 'not-accepted') return { result: indeterminate ? 'unknown' : 'refused', error };
  // This process ends and will not answer; its successor will.
  if (code === 'shutting-down') return { result: 'unanswered', error };
  return { result: 'failed', error };
}

function resultOf(error: unknown): Result {
  if (error instanceof NotAcceptedError) return error.indeterminate ? 'unknown' : 'refused';
  return error instanceof ConflictError ? 'conflict' : 'failed';
}

function describe(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return String(cause).slice(0, ERROR_CHARACTERS);
}
