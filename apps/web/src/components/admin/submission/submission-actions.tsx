'use client';

import type { DetailView } from '@spillway/api';
import { useState } from 'react';
import { ActionDialog } from '#components/admin/action/action-dialog.tsx';
import type { Asked } from '#components/admin/action/action-dialog.tsx';
import { ACTIONS } from '#components/admin/action/actions.ts';
import { useMay } from '#components/admin/me.tsx';
import { Button } from '#components/ui/button.tsx';

interface SubmissionActionsProps {
  readonly detail: DetailView;
  readonly onDone: () => void;
}

/** The actions that the submission's state and the user's role allow. */
export function SubmissionActions({ detail, onDone }: SubmissionActionsProps) {
  const [asked, setAsked] = useState<Asked>();
  const mayAct = useMay('operator');
  const { id, actions } = detail;
  return (
    <>
      {mayAct ? (
        <div className="flex flex-wrap gap-2">
          {actions.map((action) => (
            <Button
              key={action}
              variant={ACTIONS[action].isDestructive ? 'danger' : 'outline'}
              onClick={() => setAsked({ action, target: { ids: [id] } })}
            >
              {ACTIONS[action].verb}
            </Button>
          ))}
        </div>
      ) : actions.length > 0 ? (
        <p className="text-sm text-ink-soft">Actions require the role operator.</p>
      ) : null}
      {/* Stays while its result is read, though the action is not possible any more. */}
      <ActionDialog asked={asked} onClose={() => setAsked(undefined)} onDone={onDone} />
    </>
  );
}
