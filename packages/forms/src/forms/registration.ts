import { z } from 'zod';
import { day, email, line, manyOf, oneOf, optionalProse, ticked } from '../answers.ts';
import { defineForm } from '../form.ts';

const tickets = [
  { value: 'full', label: 'Both days', hint: 'Talks and workshops on Saturday and Sunday' },
  { value: 'saturday', label: 'Saturday only' },
  { value: 'online', label: 'Online', hint: 'The talks as a stream; workshops are not streamed' },
];

const workshops = [
  { value: 'queues', label: 'Queues that do not forget' },
  { value: 'postgres', label: 'Postgres under load' },
  { value: 'accessibility', label: 'Forms everyone can fill in' },
];

const diets = [
  { value: 'none', label: 'No special diet' },
  { value: 'vegetarian', label: 'Vegetarian' },
  { value: 'vegan', label: 'Vegan' },
  { value: 'other', label: 'Other: tell us below' },
];

const arrival = { min: '2027-05-06', max: '2027-05-09' };

export const registration = defineForm({
  name: 'registration',
  title: 'Register for the Open Water conference',
  intro: 'Two days about systems that keep their promises, 8 and 9 May 2027.',
  submitLabel: 'Register',
  fields: [
    {
      kind: 'text',
      name: 'name',
      label: 'Full name',
      hint: 'As it should stand on your badge.',
      autocomplete: 'name',
    },
    {
      kind: 'email',
      name: 'email',
      label: 'Email address',
      hint: 'Your ticket goes there.',
      autocomplete: 'email',
      inputMode: 'email',
    },
    { kind: 'radio', name: 'ticket', label: 'Which ticket would you like?', choices: tickets },
    {
      kind: 'checkboxes',
      name: 'workshops',
      label: 'Which workshops would you like to join?',
      hint: 'Select all that interest you.',
      choices: workshops,
      optional: true,
    },
    { kind: 'date', name: 'arrival', label: 'Day of arrival', hint: 'From 6 to 9 May 2027.', ...arrival },
    { kind: 'select', name: 'diet', label: 'Diet', choices: diets },
    {
      kind: 'textarea',
      name: 'notes',
      label: 'Is there anything you need, or want us to know?',
      hint: 'Step-free access, sign language, allergies, anything else.',
      optional: true,
    },
    {
      kind: 'checkbox',
      name: 'consent',
      label: 'I agree that my answers are kept until the conference is over',
    },
  ],
  schema: z.strictObject({
    name: line('your full name', 'Full name'),
    email: email(),
    ticket: oneOf(tickets, 'Select a ticket'),
    workshops: manyOf(workshops, 'Select workshops from the list').optional(),
    arrival: day('your day of arrival', 'Day of arrival', arrival),
    diet: oneOf(diets, 'Select a diet'),
    notes: optionalProse('What you want us to know'),
    consent: ticked('Confirm that we may keep your answers until the conference is over'),
  }),
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
