import { expect, it } from 'vitest';
import { defineForm, formByName, fromFormData, validate } from '../src/index.ts';
import type { Form } from '../src/index.ts';

function posted(entries: readonly (readonly [string, string])[]): FormData {
  const data = new FormData();
  for (const [name, value] of entries) data.append(name, value);
  return data;
}

function form(name: string): Form {
  const found = formByName(name);
  if (!found) throw new Error(`no form ${name}`);
  return found;
}

const registration = form('registration');

it('reads a filled-in page into data that the form accepts', () => {
  const data = fromFormData(
    registration,
    posted([
      ['_id', '0190-…'],
      ['$ACTION_ID_1', ''],
      ['__proto__', 'x'],
      ['name', 'Grace Hopper'],
      ['email', 'grace@example.com'],
      ['ticket', 'full'],
      ['workshops', 'queues'],
      ['workshops', 'postgres'],
      ['arrival', '2027-05-07'],
      ['diet', 'vegetarian'],
      ['notes', 'Step-free access, please.'],
      ['consent', 'on'],
    ]),
  );
  expect(data).toEqual(registration.sample);
  expect(validate(registration, data).ok).toBe(true);
});

it('makes a list of a single ticked box, leaves out empty optional answers, and keeps empty required ones', () => {
  const data = fromFormData(
    registration,
    posted([
      ['name', ''],
      ['workshops', 'queues'],
      ['notes', ''],
    ]),
  );
  expect(data).toEqual({ name: '', workshops: ['queues'] });
});

it('reads line breaks as they were typed, so that a retry by script is the same submission', () => {
  expect(fromFormData(registration, posted([['notes', 'one\r\ntwo\nthree']]))).toEqual({
    notes: 'one\ntwo\nthree',
  });
});

it('keeps unknown and repeated fields, so that the check can refuse them', () => {
  const data = fromFormData(
    registration,
    posted([
      ['nickname', 'G'],
      ['ticket', 'full'],
      ['ticket', 'online'],
      ['consent', 'maybe'],
    ]),
  );
  expect(data).toEqual({ nickname: 'G', ticket: ['full', 'online'], consent: 'maybe' });
  const result = validate(registration, data);
  expect(result.ok ? [] : result.issues.map((issue) => issue.field)).toEqual(
    expect.arrayContaining(['nickname', 'ticket', 'consent']),
  );
});

it('refuses a form with fields that a post would lose', () => {
  const { title, intro, submitLabel, schema, sample } = form('contact');
  const withFields = (...names: string[]) =>
    defineForm({
      name: 'odd',
      sample,
      words: { en: {}, de: {} },
      page: () => ({
        title,
        intro,
        submitLabel,
        schema,
        fields: names.map((name) => ({ kind: 'text', label: 'A', name })),
      }),
    });
  expect(() => withFields('_id')).toThrow('reserved');
  expect(() => withFields('a', 'a')).toThrow('two fields');
  expect(withFields('a', 'b').de.name).toBe('odd');
});
