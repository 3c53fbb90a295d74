import { z } from 'zod';
import { email, line, oneOf, prose } from '../answers.ts';
import { defineForm } from '../form.ts';

const topics = [
  { value: 'question', label: 'A question' },
  { value: 'problem', label: 'Something is not working' },
  { value: 'idea', label: 'An idea' },
  { value: 'other', label: 'Something else' },
];

export const contact = defineForm({
  name: 'contact',
  title: 'Contact us',
  intro: 'Write to us about anything. A person reads every message.',
  submitLabel: 'Send message',
  fields: [
    { kind: 'text', name: 'name', label: 'Your name', autocomplete: 'name' },
    {
      kind: 'email',
      name: 'email',
      label: 'Email address',
      hint: 'We only use it to answer you.',
      autocomplete: 'email',
      inputMode: 'email',
    },
    { kind: 'select', name: 'topic', label: 'What is it about?', choices: topics, optional: true },
    { kind: 'textarea', name: 'message', label: 'Your message', rows: 8 },
  ],
  schema: z.strictObject({
    name: line('your name', 'Your name'),
    email: email(),
    topic: oneOf(topics, 'Select what it is about').optional(),
    message: prose('your message', 'Your message'),
  }),
  sample: {
    name: 'Ada Lovelace',
    email: 'ada@example.com',
    topic: 'question',
    message: 'Does the engine weave algebraic patterns?',
  },
});
