import type { Answers, Form } from '@spillway/forms';
import { useTranslations } from 'use-intl/react';

/** Answers of a page that was opened before the form changed: shown, so that nothing written is lost. */
export function Leftover({ form, answers = {} }: { form: Form; answers: Answers | undefined }) {
  const t = useTranslations('form');
  const known = new Set(form.fields.map((field) => field.name));
  const left = Object.entries(answers).filter(([name]) => !known.has(name));
  if (left.length === 0) return null;
  return (
    <section className="mb-8 rounded-xl border border-line bg-surface p-5">
      <h2 className="font-semibold">{t('changedTitle')}</h2>
      <p className="mt-1 text-ink-soft">{t('changedText')}</p>
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
