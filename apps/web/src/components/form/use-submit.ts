'use client';

import type { Answers, Form } from '@spillway/forms';
import { validate } from '@spillway/forms';
import { useCallback, useEffect, useRef, useState } from 'react';
import { clearDraft, saveDraft } from '#lib/draft.ts';
import { newId } from '#lib/new-id.ts';
import type { Entry } from '#lib/outbox/entry.ts';
import { outbox, useOutbox } from '#lib/outbox/use-outbox.ts';
import { attemptOf } from './attempt.ts';
import type { Attempt } from './attempt.ts';
import type { Replay } from './replay.ts';

const IDLE: Attempt = { kind: 'idle' };

interface Pressed {
  readonly isTrapped?: boolean;
  readonly waiting?: Replay['waiting'];
}

interface Submit {
  readonly attempt: Attempt;
  /** Whether waiting answers survive when this page is closed. */
  readonly isLasting: boolean;
  /** Sends these answers. `isTrapped`: the field that people do not see was filled in. */
  send(answers: Answers, isTrapped: boolean): void;
  /** Sends the waiting submission now. */
  sendNow(): void;
  /** After a conflict: sends these answers under a new id. */
  sendAsNew(answers: Answers): void;
  /** The answers were changed: the waiting ones are no longer sent automatically. */
  changed(answers: Answers): void;
}

/**
 * Puts a form's answers into the outbox so that they take effect once: the same answers keep their id, changed answers get
 * a new one. The outbox delivers, also after this page is closed; the page shows the progress.
 */
export function useSubmit(form: Form, firstId: string, replay: Replay | undefined): Submit {
  const { entries, sending, isLasting } = useOutbox();
  const [key, setKey] = useState<string>();
  const [own, setOwn] = useState<Attempt>(IDLE);
  const last = useRef<{ readonly id: string; readonly answers?: Answers }>({ id: firstId });
  const entry = entries.find((kept) => kept.key === key);
  const attempt = entry ? attemptOf(entry, sending) : own;

  const stop = useCallback((stoppedAs: Attempt) => {
    setKey(undefined);
    setOwn(stoppedAs);
  }, []);
  const press = useCallback(
    (id: string, answers: Answers, more: Pressed = {}) => {
      last.current = { id, answers };
      clearDraft(form.name);
      setOwn(IDLE);
      const { isTrapped = false, waiting } = more;
      const submission = { id, form: form.name, data: answers, ...(isTrapped && { isTrapped }) };
      setKey(outbox().press(submission, waiting && toWaiting(waiting)));
    },
    [form.name],
  );
  const send = (answers: Answers, isTrapped: boolean) => {
    const checked = validate(form, answers);
    if (!checked.ok) return setOwn({ kind: 'invalid', issues: checked.issues });
    if (entry && isSame(entry.data, answers)) return sendNow();
    const { id, answers: before } = last.current;
    press(before === undefined || isSame(before, answers) ? id : newId(), answers, { isTrapped });
  };
  const sendNow = () => void (key && outbox().sendNow(key));
  const changed = (answers: Answers) => {
    saveDraft(form.name, answers);
    if (attempt.kind !== 'waiting' || !key) return;
    void outbox().drop(key);
    stop({ kind: 'edited' });
  };

  useContinued(replay, firstId, press);
  useOutcome(entry, stop);
  useFreshStartOnReturn(stop);
  return { attempt, isLasting, send, sendNow, sendAsNew: (answers) => press(newId(), answers), changed };
}

/** Sends a native post again automatically if it was not accepted, under the same id. */
function useContinued(
  replay: Replay | undefined,
  id: string,
  press: (id: string, answers: Answers, more: Pressed) => void,
): void {
  const isDone = useRef(false);
  useEffect(() => {
    if (!replay?.waiting || isDone.current) return;
    isDone.current = true;
    press(id, replay.answers, { waiting: replay.waiting });
  }, [replay, id, press]);
}

function toWaiting({ why, seconds }: NonNullable<Replay['waiting']>) {
  return { tries: 1, why, nextAt: Date.now() + seconds * 1000 };
}

/** An accepted entry leads to its receipt. A refused one is the page's again, which has the answers. */
function useOutcome(entry: Entry | undefined, stop: (stoppedAs: Attempt) => void): void {
  const handled = useRef<string>(undefined);
  useEffect(() => {
    if (!entry || entry.state.kind === 'unsent' || handled.current === entry.key) return;
    handled.current = entry.key;
    if (entry.state.kind === 'accepted') return window.location.assign(entry.state.path);
    saveDraft(entry.form, entry.data);
    stop(attemptOf(entry, new Set()));
    void outbox().drop(entry.key);
  }, [entry, stop]);
  const key = entry?.key;
  useEffect(() => (key === undefined ? undefined : () => outbox().disown(key)), [key]);
}

function isSame(one: Answers, other: Answers): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** A page that the Back button restores from the browser's memory must not appear as already sent. */
function useFreshStartOnReturn(stop: (stoppedAs: Attempt) => void): void {
  useEffect(() => {
    const restart = (event: PageTransitionEvent) => event.persisted && stop(IDLE);
    window.addEventListener('pageshow', restart);
    return () => window.removeEventListener('pageshow', restart);
  }, [stop]);
}
