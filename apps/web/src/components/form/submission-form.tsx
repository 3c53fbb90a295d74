'use client';

import type { Answers, Form, Issue } from '@spillway/forms';
import { formByName, fromFormData } from '@spillway/forms';
import { useEffect, useRef } from 'react';
import type { FormEvent, RefObject } from 'react';
import { useLocale, useTranslations } from 'use-intl/react';
import { Button } from '#components/ui/button.tsx';
import type { Attempt } from './attempt.ts';
import { DraftNotice } from './draft-notice.tsx';
import { ErrorSummary } from './error-summary.tsx';
import { FieldControl } from './field-control.tsx';
import { Leftover } from './leftover.tsx';
import { Busy, Notice, ReplayNotice } from './notice.tsx';
import { hasFailed } from './replay.ts';
import type { Replay } from './replay.ts';
import { isTrapped, Trap } from './trap.tsx';
import { useDraft } from './use-draft.ts';
import { useSubmit } from './use-submit.ts';

const NO_ISSUES: readonly Issue[] = [];

interface SubmissionFormProps {
  readonly formName: string;
  /** The submission's id, minted with the page. */
  readonly id: string;
  readonly replay?: Replay | undefined;
}

/** A form's questions. Without JavaScript a native post; with it, the same post by the outbox. */
export function SubmissionForm(props: SubmissionFormProps) {
  const form = formByName(props.formName, useLocale());
  return form ? <LiveForm {...props} form={form} /> : null;
}

function LiveForm({ form, id, replay }: SubmissionFormProps & { form: Form }) {
  const t = useTranslations('form');
  const element = useRef<HTMLFormElement>(null);
  const answers = (): Answers => (element.current ? fromFormData(form, new FormData(element.current)) : {});
  const { attempt, isLasting, send, sendNow, sendAsNew, changed } = useSubmit(form, id, replay);
  const { draft, version, startOver } = useDraft(form.name, replay !== undefined, answers);
  const issues = issuesOf(attempt, replay);
  const isBusy = attempt.kind === 'sending' || attempt.kind === 'accepted';
  const given = replay?.answers ?? draft;

  useErrorTitle(`${t('error')} `, issues.length > 0 || (attempt.kind === 'idle' && hasFailed(replay)));
  useNativePostWhenOutdated(form, attempt, element);

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    if (!isBusy) send(answers(), isTrapped(element.current));
  }

  return (
    <>
      {issues.length > 0 ? <ErrorSummary fields={form.fields} issues={issues} /> : null}
      {attempt.kind === 'idle' ? <ReplayNotice replay={replay} /> : null}
      {draft && attempt.kind === 'idle' ? <DraftNotice onStartOver={startOver} /> : null}
      <Leftover form={form} answers={given} />
      <form
        ref={element}
        method="post"
        noValidate
        onSubmit={onSubmit}
        onChange={() => changed(answers())}
        aria-label={form.title}
        className="grid gap-8"
      >
        {/* A browser that restores answers after a reload must not restore the id with them. */}
        <input type="hidden" name="_id" value={id} autoComplete="off" />
        {form.fields.map((field) => (
          <FieldControl
            key={`${field.name} ${version}`}
            field={field}
            value={given?.[field.name]}
            error={issues.find((issue) => issue.field === field.name)?.message}
          />
        ))}
        <Trap />
        <div>
          <Notice
            attempt={attempt}
            isLasting={isLasting}
            onTryNow={sendNow}
            onSendAsNew={() => sendAsNew(answers())}
          />
          {/* Not disabled while it works: the focus would fall off it. */}
          <Button type="submit" size="large" aria-disabled={isBusy} className="w-full sm:w-auto">
            {isBusy ? (
              <Busy>{attempt.kind === 'sending' ? t('sending') : t('received')}</Busy>
            ) : (
              form.submitLabel
            )}
          </Button>
        </div>
      </form>
    </>
  );
}

function issuesOf(attempt: Attempt, replay: Replay | undefined): readonly Issue[] {
  if (attempt.kind === 'invalid') return attempt.issues;
  return attempt.kind === 'idle' ? (replay?.issues ?? NO_ISSUES) : NO_ISSUES;
}

/** Screen readers read the title first, so it begins with the error. */
function useErrorTitle(prefix: string, hasErrors: boolean): void {
  useEffect(() => {
    const plain = document.title.startsWith(prefix) ? document.title.slice(prefix.length) : document.title;
    document.title = hasErrors ? prefix + plain : plain;
  }, [prefix, hasErrors]);
}

/** An issue with a field that this page does not have: the form was changed. The native post brings the new page. */
function useNativePostWhenOutdated(
  form: Form,
  attempt: Attempt,
  element: RefObject<HTMLFormElement | null>,
): void {
  useEffect(() => {
    if (attempt.kind !== 'invalid') return;
    const known = new Set(['', ...form.fields.map((field) => field.name)]);
    if (attempt.issues.some((issue) => !known.has(issue.field))) element.current?.submit();
  }, [attempt, form, element]);
}
