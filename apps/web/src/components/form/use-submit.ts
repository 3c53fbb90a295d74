'use client';

import type { Problem } from '@spillway/api';
import type { Answers, Form } from '@spillway/forms';
import { validate } from '@spillway/forms';
import { useCallback, useEffect, useRef, useState } from 'react';
import { newId } from '#lib/new-id.ts';
import { remember } from '#lib/outbox.ts';
import { useTRPCClient } from '#trpc/client.tsx';
import { problemOf } from '#trpc/problem.ts';
import { attemptAfter } from './attempt.ts';
import type { Attempt } from './attempt.ts';

interface Submission {
  readonly id: string;
  readonly answers: Answers;
  readonly tries: number;
}

interface Submit {
  readonly attempt: Attempt;
  /** Sends these answers. Ignored while an earlier call is on its way. */
  send(answers: Answers): void;
  /** Sends the waiting submission now. */
  sendNow(): void;
  /** After a conflict: sends these answers under a new id. */
  sendAsNew(answers: Answers): void;
  /** The answers were changed: what waits is not sent by itself any more. */
  changed(): void;
}

/**
 * Sends a form's answers so that they take effect once: the same answers keep their id through every retry,
 * changed answers get a new one. What could not be delivered is sent again by itself, at growing intervals.
 */
export function useSubmit(form: Form, firstId: string): Submit {
  const client = useTRPCClient();
  const [attempt, setAttempt] = useState<Attempt>({ kind: 'idle' });
  const last = useRef<Submission>({ id: firstId, answers: {}, tries: 0 });
  const isSending = useRef(false);

  const transmit = useCallback(
    async (submission: Submission) => {
      if (isSending.current) return;
      isSending.current = true;
      last.current = submission;
      setAttempt({ kind: 'sending' });
      const { id, answers, tries } = submission;
      try {
        const receipt = await client.submission.submit.mutate({ id, form: form.name, data: answers });
        remember({ id, form: form.name, data: answers });
        setAttempt({ kind: 'accepted' });
        // The path alone: the page stays on the origin on which it was opened.
        const { pathname, search } = new URL(receipt.url);
        window.location.assign(pathname + search);
      } catch (error) {
        const problem = problemOf(error);
        last.current = { id: idAfter(problem, id), answers, tries };
        setAttempt(attemptAfter(problem, tries, Date.now()));
      } finally {
        isSending.current = false;
      }
    },
    [client, form.name],
  );

  const send = useCallback(
    (answers: Answers) => {
      const checked = validate(form, answers);
      if (!checked.ok) return setAttempt({ kind: 'invalid', issues: checked.issues });
      void transmit(next(last.current, answers));
    },
    [form, transmit],
  );
  const sendNow = useCallback(() => void transmit(next(last.current, last.current.answers)), [transmit]);
  const sendAsNew = useCallback(
    (answers: Answers) => void transmit({ id: newId(), answers, tries: 1 }),
    [transmit],
  );
  const changed = useCallback(
    () => setAttempt((current) => (current.kind === 'waiting' ? { kind: 'idle' } : current)),
    [],
  );

  useRetry(attempt, sendNow);
  useFreshStartOnReturn(setAttempt);
  return { attempt, send, sendNow, sendAsNew, changed };
}

function next(last: Submission, answers: Answers): Submission {
  if (last.tries === 0) return { id: last.id, answers, tries: 1 };
  const isSame = JSON.stringify(last.answers) === JSON.stringify(answers);
  return isSame ? { ...last, tries: last.tries + 1 } : { id: newId(), answers, tries: 1 };
}

/** An id of the wrong time (a page kept open for weeks, a clock set wrong) is replaced by the server's clock. */
function idAfter(problem: Problem | undefined, id: string): string {
  return problem?.code === 'invalid-id' && problem.serverTime ? newId(Date.parse(problem.serverTime)) : id;
}

/** Sends what waits when its time has come, and as soon as the network is back. */
function useRetry(attempt: Attempt, sendNow: () => void): void {
  useEffect(() => {
    if (attempt.kind !== 'waiting') return;
    const timer = setTimeout(sendNow, Math.max(0, attempt.until - Date.now()));
    window.addEventListener('online', sendNow);
    return () => {
      clearTimeout(timer);
      window.removeEventListener('online', sendNow);
    };
  }, [attempt, sendNow]);
}

/** A page that the Back button brings out of the browser's memory must not stand there as already sent. */
function useFreshStartOnReturn(setAttempt: (attempt: Attempt) => void): void {
  useEffect(() => {
    const restart = (event: PageTransitionEvent) => event.persisted && setAttempt({ kind: 'idle' });
    window.addEventListener('pageshow', restart);
    return () => window.removeEventListener('pageshow', restart);
  }, [setAttempt]);
}
