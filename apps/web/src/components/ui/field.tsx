import { useId } from 'react';
import type { ComponentProps, ReactNode } from 'react';
import { Input } from './input.tsx';

interface FieldProps extends Omit<ComponentProps<typeof Input>, 'id'> {
  readonly label: string;
  readonly hint?: ReactNode;
}

/** A labelled input. */
export function Field({ label, hint, ...input }: FieldProps) {
  const id = useId();
  return (
    <div>
      <label htmlFor={id} className="mb-1.5 block text-sm font-semibold">
        {label}
      </label>
      <Input id={id} {...(hint ? { 'aria-describedby': `${id}-hint` } : {})} {...input} />
      {hint ? (
        <p id={`${id}-hint`} className="mt-1.5 text-sm text-ink-soft">
          {hint}
        </p>
      ) : null}
    </div>
  );
}

/** The texts of a form's fields, by their names. */
export function textsOf(form: HTMLFormElement): Readonly<Record<string, string>> {
  const entries = [...new FormData(form)].map(([name, value]) => [
    name,
    typeof value === 'string' ? value : '',
  ]);
  return Object.fromEntries(entries);
}
