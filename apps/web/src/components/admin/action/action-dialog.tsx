'use client';

import type { Action, ActionCount, Target } from '@spillway/api';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Busy } from '#components/form/notice.tsx';
import { Button } from '#components/ui/button.tsx';
import { Dialog } from '#components/ui/dialog.tsx';
import { count, countOf } from '#lib/words.ts';
import { useTRPC } from '#trpc/client.tsx';
import { problemOf } from '#trpc/problem.ts';
import { ACTIONS } from './actions.ts';
import { OperationProgress } from './operation-progress.tsx';

/** The action that the operator asked for. */
export interface Asked {
  readonly action: Action;
  readonly target: Target;
}

interface ActionDialogProps {
  /** Missing: nothing is asked, and the dialog is closed. */
  readonly asked: Asked | undefined;
  readonly onClose: () => void;
  /** Called when the action has run, with any result. */
  readonly onDone?: () => void;
}

/** Counts first, says what will happen, and asks; then shows the progress, offers to cancel, and shows the result. */
export function ActionDialog({ asked, onClose, onDone }: ActionDialogProps) {
  // The last question stays visible while the dialog fades out.
  const [last, setLast] = useState(asked);
  if (asked && asked !== last) setLast(asked);
  const shown = asked ?? last;
  return (
    <Dialog
      open={asked !== undefined}
      onClose={onClose}
      role="alertdialog"
      title={shown ? <Title {...shown} /> : ''}
    >
      {shown ? <Steps key={JSON.stringify(shown)} {...shown} onClose={onClose} onDone={onDone} /> : null}
    </Dialog>
  );
}

function Title({ action, target }: Asked) {
  const what = 'ids' in target ? countOf(target.ids.length, 'submission') : 'all that match';
  return `${ACTIONS[action].verb}: ${what}`;
}

interface StepsProps extends Asked {
  readonly onClose: () => void;
  readonly onDone: (() => void) | undefined;
}

function Steps({ action, target, onClose, onDone }: StepsProps) {
  const trpc = useTRPC();
  const start = useMutation(trpc.admin.start.mutationOptions());
  if (start.data) {
    return <OperationProgress id={start.data.operationId} onClose={onClose} onEnd={onDone} />;
  }
  return (
    <Question
      action={action}
      target={target}
      isStarting={start.isPending}
      failure={start.error}
      onConfirm={() => start.isPending || start.mutate({ action, target })}
      onClose={onClose}
    />
  );
}

interface QuestionProps extends Asked {
  readonly isStarting: boolean;
  readonly failure: unknown;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}

function Question({ action, target, isStarting, failure, onConfirm, onClose }: QuestionProps) {
  const trpc = useTRPC();
  const dry = useQuery(trpc.admin.count.queryOptions({ action, target }, { retry: false, gcTime: 0 }));
  const { verb, isDestructive, effect } = ACTIONS[action];
  const isPossible = dry.data !== undefined && (dry.data.count > 0 || dry.data.capped);
  const error = failure ?? dry.error;
  return (
    <>
      <div className="mt-2 grid gap-2 text-sm text-ink-soft">
        <p role="status" className="text-base text-ink tabular-nums">
          {dry.data ? foundOf(dry.data, target) : dry.error ? null : <Busy>Counting…</Busy>}
        </p>
        {isPossible ? <p>{effect}</p> : null}
        {error ? (
          <p role="alert" className="rounded-lg bg-bad-soft px-3 py-2 text-bad">
            {problemOf(error)?.detail ?? 'The server could not be reached. Nothing was changed.'}
          </p>
        ) : null}
      </div>
      <div className="mt-6 flex flex-col-reverse gap-2 sm:flex-row sm:justify-end">
        <Button variant="outline" onClick={onClose}>
          {isPossible || !dry.data ? 'Cancel' : 'Close'}
        </Button>
        {dry.error ? (
          <Button onClick={() => void dry.refetch()}>Count again</Button>
        ) : isPossible || !dry.data ? (
          <Button
            variant={isDestructive ? 'danger-strong' : 'primary'}
            disabled={!isPossible}
            aria-disabled={isStarting}
            focusableWhenDisabled
            onClick={onConfirm}
          >
            {isStarting ? <Busy>Starting…</Busy> : verbOf(verb, dry.data)}
          </Button>
        ) : null}
      </div>
    </>
  );
}

function verbOf(verb: string, found: ActionCount | undefined): string {
  return found ? `${verb}: ${count(found.count)}${found.capped ? '+' : ''}` : verb;
}

/** What the dry run found, in words. */
function foundOf({ count: found, capped }: ActionCount, target: Target): string {
  const asked = 'ids' in target ? target.ids.length : undefined;
  if (found === 0 && !capped) {
    return asked === 1
      ? 'Its state no longer allows this.'
      : 'No chosen submission is in a state that allows this.';
  }
  if (asked !== undefined && found < asked) {
    return `This is possible for ${count(found)} of the ${count(asked)} chosen; the others are skipped.`;
  }
  return capped
    ? `This affects ${countOf(found, 'submission', true)}: all that match at the start.`
    : `This affects ${countOf(found, 'submission')}.`;
}
