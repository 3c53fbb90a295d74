import { z } from 'zod';
import { defineForm } from '../form.ts';

const en = {
  title: 'Contact us',
  intro: 'Write to us about anything. A person reads every message.',
  submitLabel: 'Send message',
  name: { label: 'Your name', missing: 'Enter your name' },
  email: {
    label: 'Email address',
    missing: 'Enter your email address',
    hint: 'We only use it to answer you.',
  },
  topic: {
    label: 'What is it about?',
    missing: 'Select what it is about',
    question: 'A question',
    problem: 'Something is not working',
    idea: 'An idea',
    other: 'Something else',
  },
  message: { label: 'Your message', missing: 'Enter your message' },
};

const de: typeof en = {
  title: 'Schreiben Sie uns',
  intro: 'Sie können uns zu jedem Thema schreiben. Ein Mensch liest jede Nachricht.',
  submitLabel: 'Nachricht senden',
  name: { label: 'Ihr Name', missing: 'Geben Sie Ihren Namen ein' },
  email: {
    label: 'E-Mail-Adresse',
    missing: 'Geben Sie Ihre E-Mail-Adresse ein',
    hint: 'Wir verwenden sie nur, um Ihnen zu antworten.',
  },
  topic: {
    label: 'Worum geht es?',
    missing: 'Wählen Sie aus, worum es geht',
    question: 'Eine Frage',
    problem: 'Etwas funktioniert nicht',
    idea: 'Eine Idee',
    other: 'Etwas anderes',
  },
  message: { label: 'Ihre Nachricht', missing: 'Geben Sie Ihre Nachricht ein' },
};

export const contact = defineForm({
  name: 'contact',
  words: { en, de },
  page({ title, intro, submitLabel, name, email, topic, message }, check) {
    const topics = (['question', 'problem', 'idea', 'other'] as const).map((value) => ({
      value,
      label: topic[value],
    }));
    return {
      title,
      intro,
      submitLabel,
      fields: [
        { kind: 'text', name: 'name', label: name.label, autocomplete: 'name' },
        {
          kind: 'email',
          name: 'email',
          label: email.label,
          hint: email.hint,
          autocomplete: 'email',
          inputMode: 'email',
        },
        { kind: 'select', name: 'topic', label: topic.label, choices: topics, optional: true },
        { kind: 'textarea', name: 'message', label: message.label, rows: 8 },
      ],
      schema: z.strictObject({
        name: check.line(name),
        email: check.email(email),
        topic: check.oneOf(topics, topic.missing).optional(),
        message: check.prose(message),
      }),
    };
  },
  sample: {
    name: 'Ada Lovelace',
    email: 'ada@example.com',
    topic: 'question',
    message: 'Does the engine weave algebraic patterns?',
  },
});
