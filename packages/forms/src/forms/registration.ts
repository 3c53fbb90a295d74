import { z } from 'zod';
import { defineForm } from '../form.ts';

const arrivalRange = { min: '2027-05-06', max: '2027-05-09' };

const en = {
  title: 'Register for the Open Water conference',
  intro: 'Two days about systems that keep their promises, 8 and 9 May 2027.',
  submitLabel: 'Register',
  name: { label: 'Full name', missing: 'Enter your full name', hint: 'As it should appear on your badge.' },
  email: {
    label: 'Email address',
    missing: 'Enter your email address',
    hint: 'We send your ticket to this address.',
  },
  ticket: {
    label: 'Which ticket would you like?',
    missing: 'Select a ticket',
    full: 'Both days',
    fullHint: 'Talks and workshops on Saturday and Sunday',
    saturday: 'Saturday only',
    online: 'Online',
    onlineHint: 'The talks as a stream; workshops are not streamed',
  },
  workshops: {
    label: 'Which workshops would you like to join?',
    missing: 'Select workshops from the list',
    hint: 'Select all that interest you.',
    queues: 'Queues that do not forget',
    postgres: 'Postgres under load',
    accessibility: 'Forms everyone can fill in',
  },
  arrival: { label: 'Day of arrival', missing: 'Enter your day of arrival', hint: 'From 6 to 9 May 2027.' },
  diet: {
    label: 'Diet',
    missing: 'Select a diet',
    none: 'No special diet',
    vegetarian: 'Vegetarian',
    vegan: 'Vegan',
    other: 'Other: tell us below',
  },
  notes: {
    label: 'Is there anything you need, or want us to know?',
    hint: 'Step-free access, sign language, allergies, anything else.',
    short: 'What you want us to know',
  },
  consent: {
    label: 'I agree that my answers are kept until the conference is over',
    missing: 'Confirm that we may keep your answers until the conference is over',
  },
};

const de: typeof en = {
  title: 'Anmeldung zur Konferenz Open Water',
  intro: 'Zwei Tage über Systeme, die ihre Versprechen halten, am 8. und 9. Mai 2027.',
  submitLabel: 'Anmelden',
  name: {
    label: 'Vor- und Nachname',
    missing: 'Geben Sie Ihren Namen ein',
    hint: 'Wie er auf Ihrem Namensschild stehen soll.',
  },
  email: {
    label: 'E-Mail-Adresse',
    missing: 'Geben Sie Ihre E-Mail-Adresse ein',
    hint: 'An diese Adresse senden wir Ihre Eintrittskarte.',
  },
  ticket: {
    label: 'Welche Karte möchten Sie?',
    missing: 'Wählen Sie eine Karte',
    full: 'Beide Tage',
    fullHint: 'Vorträge und Workshops am Samstag und Sonntag',
    saturday: 'Nur Samstag',
    online: 'Online',
    onlineHint: 'Die Vorträge im Stream; Workshops werden nicht übertragen',
  },
  workshops: {
    label: 'An welchen Workshops möchten Sie teilnehmen?',
    missing: 'Wählen Sie Workshops aus der Liste',
    hint: 'Wählen Sie alle, die Sie interessieren.',
    queues: 'Warteschlangen, die nichts vergessen',
    postgres: 'Postgres unter Last',
    accessibility: 'Formulare, die alle ausfüllen können',
  },
  arrival: {
    label: 'Anreisetag',
    missing: 'Geben Sie Ihren Anreisetag ein',
    hint: 'Vom 6. bis zum 9. Mai 2027.',
  },
  diet: {
    label: 'Ernährung',
    missing: 'Wählen Sie eine Ernährungsform',
    none: 'Keine besondere Ernährung',
    vegetarian: 'Vegetarisch',
    vegan: 'Vegan',
    other: 'Andere: bitte unten angeben',
  },
  notes: {
    label: 'Brauchen Sie etwas, oder sollten wir etwas wissen?',
    hint: 'Stufenloser Zugang, Gebärdensprache, Allergien oder anderes.',
    short: 'Was wir wissen sollten',
  },
  consent: {
    label: 'Ich bin einverstanden, dass meine Angaben bis zum Ende der Konferenz gespeichert werden',
    missing: 'Bestätigen Sie, dass wir Ihre Angaben bis zum Ende der Konferenz speichern dürfen',
  },
};

export const registration = defineForm({
  name: 'registration',
  words: { en, de },
  page(words, check) {
    const { name, email, ticket, workshops, arrival, diet, notes, consent } = words;
    const tickets = [
      { value: 'full', label: ticket.full, hint: ticket.fullHint },
      { value: 'saturday', label: ticket.saturday },
      { value: 'online', label: ticket.online, hint: ticket.onlineHint },
    ];
    const workshopChoices = (['queues', 'postgres', 'accessibility'] as const).map((value) => ({
      value,
      label: workshops[value],
    }));
    const diets = (['none', 'vegetarian', 'vegan', 'other'] as const).map((value) => ({
      value,
      label: diet[value],
    }));
    return {
      title: words.title,
      intro: words.intro,
      submitLabel: words.submitLabel,
      fields: [
        { kind: 'text', name: 'name', label: name.label, hint: name.hint, autocomplete: 'name' },
        {
          kind: 'email',
          name: 'email',
          label: email.label,
          hint: email.hint,
          autocomplete: 'email',
          inputMode: 'email',
        },
        { kind: 'radio', name: 'ticket', label: ticket.label, choices: tickets },
        {
          kind: 'checkboxes',
          name: 'workshops',
          label: workshops.label,
          hint: workshops.hint,
          choices: workshopChoices,
          optional: true,
        },
        { kind: 'date', name: 'arrival', label: arrival.label, hint: arrival.hint, ...arrivalRange },
        { kind: 'select', name: 'diet', label: diet.label, choices: diets },
        { kind: 'textarea', name: 'notes', label: notes.label, hint: notes.hint, optional: true },
        { kind: 'checkbox', name: 'consent', label: consent.label },
      ],
      schema: z.strictObject({
        name: check.line(name),
        email: check.email(email),
        ticket: check.oneOf(tickets, ticket.missing),
        workshops: check.manyOf(workshopChoices, workshops.missing).optional(),
        arrival: check.day(arrival, arrivalRange),
        diet: check.oneOf(diets, diet.missing),
        notes: check.optionalProse(notes.short),
        consent: check.ticked(consent.missing),
      }),
    };
  },
  sample: {
    name: 'Grace Hopper',
    email: 'grace@example.com',
    ticket: 'full',
    workshops: ['queues', 'postgres'],
    arrival: '2027-05-07',
    diet: 'vegetarian',
    notes: 'Step-free access, please.',
    consent: true,
  },
});
