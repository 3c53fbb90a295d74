import { describe, expect, it } from 'vitest';
import { formByName, forms, validate } from '../src/index.ts';
import type { Form } from '../src/index.ts';

function form(name: string): Form {
  const found = formByName(name);
  if (!found) throw new Error(`no form ${name}`);
  return found;
}

const contact = form('contact');
const registration = form('registration');
const inbox = form('inbox');

function issuesOf(checked: Form, data: unknown): Record<string, string> {
  const result = validate(checked, data);
  return result.ok ? {} : Object.fromEntries(result.issues.map((issue) => [issue.field, issue.message]));
}

describe('every form', () => {
  it.each(forms.map((each) => [each.name, each] as const))(
    '%s accepts its own sample, unchanged',
    (_, each) => {
      expect(validate(each, each.sample)).toEqual({ ok: true, data: each.sample });
    },
  );

  it.each(forms.map((each) => [each.name, each] as const))('%s refuses what is no JSON object', (_, each) => {
    for (const data of [null, 'text', 7, true, [], undefined]) {
      expect(issuesOf(each, data)).toEqual({ '': 'Send a JSON object' });
    }
  });

  it('has a unique name that the queue accepts', () => {
    for (const each of forms) expect(each.name).toMatch(/^[a-z0-9][a-z0-9_-]{0,63}$/);
    expect(new Set(forms.map((each) => each.name)).size).toBe(forms.length);
  });

  it('is not found under the name of a built-in object property', () => {
    expect(formByName('constructor')).toBeUndefined();
    expect(formByName('__proto__')).toBeUndefined();
  });
});

describe('a missing answer', () => {
  it('is named field by field, in the order of the page, in the same words for empty and absent', () => {
    const expected = {
      name: 'Enter your name',
      email: 'Enter your email address',
      message: 'Enter your message',
    };
    expect(issuesOf(contact, {})).toEqual(expected);
    expect(issuesOf(contact, { name: '  ', email: '', message: ' \n ' })).toEqual(expected);
    expect(Object.keys(issuesOf(contact, {}))).toEqual(['name', 'email', 'message']);
  });

  it('is allowed for an optional field', () => {
    const { workshops: _, notes: __, ...rest } = registration.sample;
    expect(validate(registration, rest)).toEqual({ ok: true, data: rest });
  });

  it('is refused for the consent and for every choice', () => {
    expect(
      issuesOf(registration, {
        ...registration.sample,
        consent: undefined,
        ticket: undefined,
        diet: undefined,
      }),
    ).toEqual({
      ticket: 'Select a ticket',
      diet: 'Select a diet',
      consent: 'Confirm that we may keep your answers until the conference is over',
    });
    expect(Object.keys(issuesOf(registration, { ...registration.sample, consent: false }))).toEqual([
      'consent',
    ]);
  });
});

describe('a check of the answers', () => {
  it.each([
    'name',
    'a@b',
    '@example.com',
    'two@at@example.com',
    'with space@example.com',
    'a@example..com',
    'a@example.com.',
  ])('refuses the email address %j with an example of a right one', (address) => {
    expect(issuesOf(contact, { ...contact.sample, email: address })).toEqual({
      email: 'Enter an email address in the correct format, like name@example.com',
    });
  });

  it.each([
    'a!#$%&*/=?^_`{|}~b@example.com',
    'jörg@bücher.de',
    "o'neil+tag@mail.example.co.uk",
    ' spaced@example.com ',
  ])('takes the email address %j', (address) =>
    expect(issuesOf(contact, { ...contact.sample, email: address })).toEqual({}),
  );

  it.each([
    ['', 'Enter your day of arrival'],
    ['7 May', 'Day of arrival must be a real date, like 2027-05-06'],
    ['2027-02-30', 'Day of arrival must be a real date, like 2027-05-06'],
    ['2027-13-01', 'Day of arrival must be a real date, like 2027-05-06'],
    ['2027-05-05', 'Day of arrival must be between 2027-05-06 and 2027-05-09'],
    [20270506, 'Day of arrival must be a date, like 2027-05-06'],
  ])('refuses the day %j', (arrival, message) => {
    expect(issuesOf(registration, { ...registration.sample, arrival })).toEqual({ arrival: message });
  });

  it('refuses choices that are not offered, or made twice, or not in a list', () => {
    for (const workshops of [['queues', 'sailing'], ['queues', 'queues'], 'queues']) {
      expect(Object.keys(issuesOf(registration, { ...registration.sample, workshops }))).toEqual([
        'workshops',
      ]);
    }
    expect(issuesOf(registration, { ...registration.sample, ticket: 'free' })).toEqual({
      ticket: 'Select a ticket',
    });
  });

  it('refuses numbers in place of text', () => {
    expect(issuesOf(contact, { ...contact.sample, name: 7 })).toEqual({ name: 'Your name must be text' });
  });

  it('refuses text that is too long, and accepts text that just fits', () => {
    expect(
      issuesOf(contact, { ...contact.sample, name: 'n'.repeat(201), message: 'm'.repeat(10_001) }),
    ).toEqual({
      name: 'Your name must be 200 characters or less',
      message: 'Your message must be 10,000 characters or less',
    });
    expect(
      issuesOf(contact, { ...contact.sample, name: 'n'.repeat(200), message: 'm'.repeat(10_000) }),
    ).toEqual({});
  });

  it('names every unknown field and drops none, __proto__ included', () => {
    const data: unknown = JSON.parse('{"nickname":"A","__proto__":{"admin":true},"constructor":1}');
    expect(issuesOf(contact, { ...contact.sample, ...JSON.parse('{"nickname":"A"}') })).toEqual({
      nickname: '"nickname" is not a field of contact: remove it',
    });
    const result = validate(contact, data);
    const fields = result.ok ? [] : result.issues.map((issue) => issue.field);
    expect(fields).toEqual(expect.arrayContaining(['nickname', '__proto__', 'constructor']));
    expect(Reflect.get({}, 'admin')).toBeUndefined();
  });
});

describe('the kept data', () => {
  it('has name and email trimmed, but never the message', () => {
    const data = { name: ' Ada ', email: ' ada@example.com ', message: '  indented\n\n' };
    expect(validate(contact, data)).toEqual({
      ok: true,
      data: { name: 'Ada', email: 'ada@example.com', message: '  indented\n\n' },
    });
  });

  it('has NUL characters and lone surrogates unchanged', () => {
    const data = { name: 'A\u0000\ud800', email: 'a@example.com', message: '\udfff \u0000' };
    expect(validate(contact, data)).toEqual({ ok: true, data });
  });

  it('is exactly the parsed data, __proto__ keys included', () => {
    const text = '{"__proto__":{"admin":true},"constructor":null,"a":{"__proto__":1}}';
    const data: unknown = JSON.parse(text);
    const result = validate(inbox, data);
    expect(result.ok && JSON.stringify(result.data)).toBe(text);
    expect(result.ok && result.data).toBe(data);
    expect(Reflect.get({}, 'admin')).toBeUndefined();
  });
});

describe('a sender with many errors', () => {
  it('gets the first hundred, and the number of further ones, in the form’s language', () => {
    const data = Object.fromEntries(Array.from({ length: 8000 }, (_, n) => [`k${n}`, 1]));
    for (const [locale, rest] of [
      ['en', 'and 7,903 more'],
      ['de', 'und 7.903 weitere'],
    ] as const) {
      const localized = formByName('contact', locale);
      const result = localized && validate(localized, data);
      const issues = result?.ok === false ? result.issues : [];
      expect(issues).toHaveLength(101);
      // What is missing of the form itself comes first.
      expect(issues.slice(0, 3).map(({ field }) => field)).toEqual(['name', 'email', 'message']);
      expect(issues.at(-1)).toEqual({ field: '', message: rest });
      expect(JSON.stringify(issues).length).toBeLessThan(16_000);
    }
  });

  it('gets only the beginning of a long name', () => {
    const issues = issuesOf(contact, { ...contact.sample, ['k'.repeat(9999)]: 1 });
    expect(Object.keys(issues)).toHaveLength(1);
    expect(JSON.stringify(issues).length).toBeLessThan(250);
  });

  it('gets no check of a field with more values than a question has choices', () => {
    expect(issuesOf(registration, { ...registration.sample, workshops: Array(1001).fill('x') })).toEqual({
      workshops: 'Send at most 1,000 values',
    });
    expect(validate(inbox, { measured: Array(5000).fill(1) }).ok).toBe(true);
  });
});
