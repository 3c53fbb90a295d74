import { useTranslations } from 'use-intl/react';
import { TRAP_FIELD } from '#lib/trap-field.ts';

/** A honeypot: a field that people cannot see or reach. A program that fills in every field is recognised by it. */
export function Trap() {
  const t = useTranslations('form');
  return (
    <div aria-hidden="true" className="sr-only">
      <label>
        {t('trap')}
        <input name={TRAP_FIELD} tabIndex={-1} autoComplete="off" />
      </label>
    </div>
  );
}

export function isTrapped(form: HTMLFormElement | null): boolean {
  return form !== null && new FormData(form).get(TRAP_FIELD) !== '';
}
