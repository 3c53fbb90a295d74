'use client';

import type { Field } from '@spillway/forms';
import type { Issue } from '@spillway/forms';
import { useEffect, useRef } from 'react';
import { useTranslations } from 'use-intl/react';
import { controlId } from './field-control.tsx';

interface ErrorSummaryProps {
  readonly fields: readonly Field[];
  readonly issues: readonly Issue[];
}

/** The list of invalid answers. Each entry links to its field and has the same text as the message there. Takes the focus. */
export function ErrorSummary({ fields, issues }: ErrorSummaryProps) {
  const t = useTranslations('form');
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (issues.length === 0) return;
    box.current?.focus();
    box.current?.scrollIntoView({ block: 'nearest' });
  }, [issues]);

  return (
    <div
      ref={box}
      role="alert"
      tabIndex={-1}
      aria-labelledby="error-summary-title"
      className="mb-8 rounded-xl border-2 border-bad bg-bad-soft p-5 outline-offset-4"
    >
      <h2 id="error-summary-title" className="text-lg font-semibold">
        {t('problem')}
      </h2>
      <ul className="mt-2 space-y-1.5">
        {issues.map((issue) => (
          <li key={issue.field} className="font-medium text-bad">
            {fields.some((field) => field.name === issue.field) ? (
              <a
                href={`#${controlId(issue.field)}`}
                onClick={(event) => focusField(event, issue.field)}
                className="underline decoration-1 underline-offset-4 hover:decoration-2"
              >
                {issue.message}
              </a>
            ) : (
              issue.message
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Without JavaScript the link scrolls there; with it, the field takes the focus and its label comes into view. */
function focusField(event: React.MouseEvent, name: string) {
  const control = document.getElementById(controlId(name));
  if (!control) return;
  event.preventDefault();
  control.focus({ preventScroll: true });
  (control.closest('fieldset') ?? control.parentElement)?.scrollIntoView({ block: 'start' });
}
