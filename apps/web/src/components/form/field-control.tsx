import type { CheckboxField, ChoiceField, DateField, Field, TextareaField, TextField } from '@spillway/forms';
import type { ReactNode } from 'react';
import { useTranslations } from 'use-intl/react';
import { Input, Select, Textarea } from '#components/ui/input.tsx';
import { cn } from '#lib/cn.ts';

interface FieldProps<Kind extends Field = Field> {
  readonly field: Kind;
  /** The answer given before, when the page comes back with errors. */
  readonly value: unknown;
  readonly error: string | undefined;
}

/** The id of a field's first control: where the error summary leads to. */
export function controlId(name: string, index = 0): string {
  return index === 0 ? `answer-${name}` : `answer-${name}-${index}`;
}

/** One question: label, hint, error and the browser's own control, which works without JavaScript. */
export function FieldControl(props: FieldProps) {
  const { field } = props;
  switch (field.kind) {
    case 'textarea':
      return <TextareaControl {...props} field={field} />;
    case 'select':
      return <SelectControl {...props} field={field} />;
    case 'radio':
    case 'checkboxes':
      return <GroupControl {...props} field={field} />;
    case 'checkbox':
      return <CheckboxControl {...props} field={field} />;
    default:
      return <InputControl {...props} field={field} />;
  }
}

function InputControl({ field, value, error }: FieldProps<TextField | DateField>) {
  const extra = field.kind === 'date' ? { min: field.min, max: field.max } : { inputMode: field.inputMode };
  return (
    <Question field={field} error={error}>
      <Input
        {...describedBy(field, error)}
        {...extra}
        id={controlId(field.name)}
        name={field.name}
        type={field.kind}
        defaultValue={text(value)}
        autoComplete={field.kind === 'date' ? undefined : field.autocomplete}
        spellCheck={field.kind === 'text' ? undefined : false}
        className={field.kind === 'date' ? 'max-w-56' : undefined}
      />
    </Question>
  );
}

function TextareaControl({ field, value, error }: FieldProps<TextareaField>) {
  return (
    <Question field={field} error={error}>
      <Textarea
        {...describedBy(field, error)}
        id={controlId(field.name)}
        name={field.name}
        rows={field.rows ?? 5}
        defaultValue={text(value)}
      />
    </Question>
  );
}

function SelectControl({ field, value, error }: FieldProps<ChoiceField>) {
  const t = useTranslations('form');
  return (
    <Question field={field} error={error}>
      <Select
        {...describedBy(field, error)}
        id={controlId(field.name)}
        name={field.name}
        defaultValue={text(value)}
      >
        <option value="">{field.optional ? t('noAnswer') : t('choose')}</option>
        {field.choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.label}
          </option>
        ))}
      </Select>
    </Question>
  );
}

function GroupControl({ field, value, error }: FieldProps<ChoiceField>) {
  const chosen = Array.isArray(value) ? value : [value];
  return (
    <Marked error={error}>
      <fieldset {...describedBy(field, error)}>
        <legend className="mb-1.5">
          <Label field={field} />
        </legend>
        <Notes field={field} error={error} />
        <div className="grid gap-2">
          {field.choices.map((choice, index) => (
            <Option
              key={choice.value}
              id={controlId(field.name, index)}
              type={field.kind === 'radio' ? 'radio' : 'checkbox'}
              name={field.name}
              value={choice.value}
              checked={chosen.includes(choice.value)}
              label={choice.label}
              hint={choice.hint}
            />
          ))}
        </div>
      </fieldset>
    </Marked>
  );
}

function CheckboxControl({ field, value, error }: FieldProps<CheckboxField>) {
  return (
    <Marked error={error}>
      <ErrorMessage field={field} error={error} />
      <Option
        {...describedBy({ ...field, hint: undefined }, error)}
        id={controlId(field.name)}
        type="checkbox"
        name={field.name}
        value="true"
        checked={value === true}
        label={field.label}
        hint={field.hint}
      />
    </Marked>
  );
}

interface OptionProps {
  readonly id: string;
  readonly type: 'radio' | 'checkbox';
  readonly name: string;
  readonly value: string;
  readonly checked: boolean;
  readonly label: string;
  readonly hint: string | undefined;
}

function Option({ label, hint, checked, ...control }: OptionProps) {
  return (
    <label
      htmlFor={control.id}
      className="flex cursor-pointer items-start gap-3 rounded-lg border border-line bg-surface px-4 py-3 transition-colors hover:border-line-strong has-checked:border-accent has-checked:bg-accent-soft"
    >
      <input
        {...control}
        defaultChecked={checked}
        className={cn(
          'mt-0.5 size-5 shrink-0 cursor-pointer accent-accent',
          control.type === 'checkbox' && 'rounded',
        )}
      />
      <span className="min-w-0">
        <span className="block">{label}</span>
        {hint ? <span className="block text-sm text-ink-soft">{hint}</span> : null}
      </span>
    </label>
  );
}

function Question({
  field,
  error,
  children,
}: {
  field: Field;
  error: string | undefined;
  children: ReactNode;
}) {
  return (
    <Marked error={error}>
      <label htmlFor={controlId(field.name)} className="mb-1.5 block">
        <Label field={field} />
      </label>
      <Notes field={field} error={error} />
      {children}
    </Marked>
  );
}

function Label({ field }: { field: Field }) {
  const t = useTranslations('form');
  return (
    <>
      <span className="font-semibold">{field.label}</span>
      {field.optional ? <span className="font-normal text-ink-soft"> {t('optional')}</span> : null}
    </>
  );
}

function Notes({ field, error }: { field: Field; error: string | undefined }) {
  return (
    <>
      {field.hint ? (
        <p id={`${controlId(field.name)}-hint`} className="mb-2 -mt-0.5 text-sm text-ink-soft">
          {field.hint}
        </p>
      ) : null}
      <ErrorMessage field={field} error={error} />
    </>
  );
}

function ErrorMessage({ field, error }: { field: Field; error: string | undefined }) {
  const t = useTranslations('form');
  if (!error) return null;
  return (
    <p id={`${controlId(field.name)}-error`} className="mb-2 font-medium text-bad">
      <span className="sr-only">{t('error')} </span>
      {error}
    </p>
  );
}

function describedBy(
  field: { name: string; hint?: string | undefined; kind: Field['kind'] },
  error: string | undefined,
) {
  const ids = [field.hint && `${controlId(field.name)}-hint`, error && `${controlId(field.name)}-error`];
  const isGroup = field.kind === 'radio' || field.kind === 'checkboxes';
  return {
    'aria-describedby': ids.filter(Boolean).join(' ') || undefined,
    // A group has no value that could be invalid; its description carries the error.
    'aria-invalid': error && !isGroup ? true : undefined,
  };
}

/** A bar beside an invalid field. It is outside the fieldset, whose own border would run through its legend. */
function Marked({ error, children }: { error: string | undefined; children: ReactNode }) {
  return <div className={cn(error && 'border-s-4 border-bad ps-4')}>{children}</div>;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
