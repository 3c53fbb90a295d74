import type { Field, Form } from '@spillway/forms';
import type { Entry } from './entry.ts';

/** Gives the answers to the person as a text file: each question in its words, and below it the answer. */
export function download(entry: Entry, form: Form | undefined): void {
  const address = URL.createObjectURL(new Blob([toText(entry, form)], { type: 'text/plain;charset=utf-8' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = `${entry.form}-${new Date(entry.pressedAt).toISOString().slice(0, 10)}.txt`;
  link.click();
  URL.revokeObjectURL(address);
}

function toText({ id, data, form: name }: Entry, form: Form | undefined): string {
  const fields = new Map(form?.fields.map((field) => [field.name, field]));
  const answers = Object.entries(data).map(
    ([key, value]) => `${fields.get(key)?.label ?? key}\n${toAnswer(fields.get(key), value)}\n`,
  );
  return [`${form?.title ?? name}\n${id}\n`, ...answers].join('\n');
}

function toAnswer(field: Field | undefined, value: unknown): string {
  if (Array.isArray(value)) return value.map((item) => toAnswer(field, item)).join('\n');
  const choices = field && 'choices' in field ? field.choices : [];
  if (value === true) return '✓';
  return choices.find((choice) => choice.value === value)?.label ?? String(value);
}
