'use client';

import { useTranslations } from 'use-intl/react';
import { Button } from '#components/ui/button.tsx';
import type { Search } from '#lib/handoff.ts';
import { isReference } from '#lib/reference.ts';
import { ErrorSummary } from './form/error-summary.tsx';
import { FieldControl } from './form/field-control.tsx';

/** Two questions, asked like those of any form. */
export function FindForm({ search }: { search: Search | undefined }) {
  const t = useTranslations('find');
  const fields = [
    { kind: 'text', name: 'reference', label: t('reference'), hint: t('referenceHint') },
    { kind: 'text', name: 'proof', label: t('proof'), hint: t('proofHint') },
  ] as const;
  const issues = useIssues(search);
  return (
    <>
      {issues.length > 0 ? <ErrorSummary fields={fields} issues={issues} /> : null}
      <form method="post" noValidate aria-label={t('title')} className="grid gap-8">
        {fields.map((field) => (
          <FieldControl
            key={field.name}
            field={field}
            value={search?.[field.name]}
            error={issues.find((issue) => issue.field === field.name)?.message}
          />
        ))}
        <div>
          <Button type="submit" size="large" className="w-full sm:w-auto">
            {t('button')}
          </Button>
        </div>
      </form>
    </>
  );
}

/** What the server found wrong, in the words of the page. */
function useIssues(search: Search | undefined) {
  const t = useTranslations('find');
  if (!search) return [];
  const { code, errors, retryAfterSeconds } = search.problem;
  if (code === 'invalid') {
    return (['reference', 'proof'] as const)
      .filter((field) => errors?.some((error) => error.field === field))
      .map((field) => {
        const given = search[field].trim();
        if (given === '') return { field, message: t(`missing.${field}`) };
        return { field, message: isReference(given) ? t('shared') : t('malformed') };
      });
  }
  if (code === 'not-found') return [{ field: '', message: t('notFound') }];
  if (code === 'rate-limited')
    return [{ field: '', message: t('busy', { seconds: retryAfterSeconds ?? 0 }) }];
  return [{ field: '', message: t('away') }];
}
