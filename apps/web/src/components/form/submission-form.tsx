'use client';

import type { Answers, Form, Issue } from '@spillway/forms';
import { formByName, fromFormData } from '@spillway/forms';
import { useEffect, useRef } from 'react';
import type { FormEvent } from 'react';
import { Button } from '#components/ui/button.tsx';
import { ApiProvider } from '#trpc/client.tsx';
import type { Attempt } from './attempt.ts';
import { ErrorSummary } from './error-summary.tsx';
import { FieldControl } from './field-control.tsx';
import { Busy, Conflict, Notice, Panel } from './notice.tsx';
import { useSubmit } from './use-submit.ts';

/** What a native post left behind: the page is rendered again with it. */
export interface Replay {
  readonly answers: Answers;
  readonly issues: readonly Issue[];
  /** Set when the post failed as a whole. */
  readonly failure?:
    | { readonly kind: 'conflict' }
    | { readonly kind: 'failed'; readonly title: string; readonly detail: string };
}

interface SubmissionFormProps {
  readonly formName: string;
  /** The submission's id, minted with the page. */
  readonly id: string;
  readonly replay?: Replay | undefined;
}

/** A form's questions. Without JavaScript a native post; with it, the same post in the background, retried. */
export function SubmissionForm(props: SubmissionFormProps) {
  const form = formByName(props.formName);
  if (!form) return null;
  return (
    <ApiProvider>
      <LiveForm {...props} form={form} />
    </ApiProvider>
  );
}

function LiveForm({ form, id, replay }: SubmissionFormProps & { form: Form }) {
  const element = useRef<HTMLFormElement>(null);
  const { attempt, send, sendNow, sendAsNew, changed } = useSubmit(form, id);
  const issues = issuesOf(attempt, replay);
  const isBusy = attempt.kind === 'sending' || attempt.kind === 'accepted';
  const answers = () => (element.current ? fromFormData(form, new FormData(element.current)) : {});

  useErrorTitle(issues.length > 0);
  useNativePostWhenOutdated(form, attempt, element);

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    if (!isBusy) send(answers());
  }

  return (
    <>
      {issues.length > 0 ? <ErrorSummary fields={form.fields} issues={issues} /> : null}
      {attempt.kind === 'idle' ? <ReplayNotice replay={replay} /> : null}
      <Leftover form={form} replay={replay} />
      <form
        ref={element}
        method="post"
        noValidate
        onSubmit={onSubmit}
        onChange={changed}
        aria-label={form.title}
        className="grid gap-8"
      >
        {/* A browser that restores answers after a reload must not restore the id with them. */}
        <input type="hidden" name="_id" value={id} autoComplete="off" />
        {form.fields.map((field) => (
          <FieldControl
            key={field.name}
            field={field}
            value={replay?.answers[field.name]}
            error={issues.find((issue) => issue.field === field.name)?.message}
          />
        ))}
        <div>
          <Notice attempt={attempt} onTryNow={sendNow} onSendAsNew={() => sendAsNew(answers())} />
          {/* Not disabled while it works: the focus would fall off it. */}
          <Button type="submit" size="large" aria-disabled={isBusy} className="w-full sm:w-auto">
            {isBusy ? <Busy>{attempt.kind === 'sending' ? 'Sending…' : 'Received'}</Busy> : form.submitLabel}
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

const NO_ISSUES: readonly Issue[] = [];

function ReplayNotice({ replay }: { replay: Replay | undefined }) {
  if (!replay?.failure) return null;
  if (replay.failure.kind === 'failed')
    return <Panel title={replay.failure.title} text={replay.failure.detail} />;
  // The page carries a new id by now: its own button sends the answers as new.
  return (
    <Conflict
      action={<p className="font-medium">To do so, press the button at the end of the form again.</p>}
    />
  );
}

/** Answers of a page that was opened before the form changed: shown, so that nothing written is lost. */
function Leftover({ form, replay }: { form: Form; replay: Replay | undefined }) {
  const known = new Set(form.fields.map((field) => field.name));
  const left = Object.entries(replay?.answers ?? {}).filter(([name]) => !known.has(name));
  if (left.length === 0) return null;
  return (
    <section className="mb-8 rounded-xl border border-line bg-surface p-5">
      <h2 className="font-semibold">The form has changed since you opened it</h2>
      <p className="mt-1 text-ink-soft">
        These answers have no field any more. Copy them to another one if they matter.
      </p>
      <dl className="mt-3 space-y-2">
        {left.map(([name, value]) => (
          <div key={name}>
            <dt className="text-sm text-ink-soft">{name}</dt>
            <dd className="break-words whitespace-pre-wrap">
              {Array.isArray(value) ? value.join(', ') : String(value)}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** Screen readers say the title first: it begins with what is wrong. */
function useErrorTitle(hasErrors: boolean): void {
  useEffect(() => {
    const plain = document.title.replace(/^Error: /, '');
    document.title = hasErrors ? `Error: ${plain}` : plain;
  }, [hasErrors]);
}

/** An issue with a field that this page does not have: the form was changed. The native post brings the new page. */
function useNativePostWhenOutdated(
  form: Form,
  attempt: Attempt,
  element: React.RefObject<HTMLFormElement | null>,
): void {
  useEffect(() => {
    if (attempt.kind !== 'invalid') return;
    const known = new Set(['', ...form.fields.map((field) => field.name)]);
    if (attempt.issues.some((issue) => !known.has(issue.field))) element.current?.submit();
  }, [attempt, form, element]);
}
