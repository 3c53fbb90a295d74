import type { Action, ListName } from '@spillway/api';

interface ListText {
  readonly path: string;
  readonly title: string;
  /** A text that names the order of the rows. */
  readonly order: string;
  /** The text for an empty list. */
  readonly empty: { readonly title: string; readonly text: string };
  /** What `age` filters by, in its label. */
  readonly ageLabel: string;
  /** `why`: the reasons why Postgres holds it. `error`: a part of the last error. */
  readonly reason?: 'why' | 'error';
  /** What may be done with some of its rows. */
  readonly actions: readonly Action[];
}

/** The four lists, in words. */
export const LISTS: Record<ListName, ListText> = {
  postgres: {
    path: '/admin/waiting',
    title: 'Waiting in Postgres',
    order: 'by due time',
    empty: {
      title: 'Nothing is waiting here',
      text: 'Submissions that Redis cannot take go to Postgres, and are listed here until they are processed.',
    },
    ageLabel: 'Received',
    reason: 'why',
    actions: ['requeue', 'discard'],
  },
  redis: {
    path: '/admin/redis',
    title: 'In Redis',
    order: 'processing first, then waiting, then scheduled',
    empty: {
      title: 'Redis is empty',
      text: 'Submissions usually leave Redis within moments.',
    },
    ageLabel: 'Received',
    actions: ['requeue', 'discard'],
  },
  dead: {
    path: '/admin/dead',
    title: 'Dead',
    order: 'latest first',
    empty: {
      title: 'No submission is dead',
      text: 'A submission whose attempts are used up is listed here with its history, and waits for your decision.',
    },
    ageLabel: 'Received',
    reason: 'error',
    actions: ['retry', 'discard'],
  },
  processed: {
    path: '/admin/processed',
    title: 'Processed',
    order: 'latest first',
    empty: {
      title: 'Nothing is processed yet',
      text: 'Settled submissions are listed here until their retention ends.',
    },
    ageLabel: 'Received',
    actions: [],
  },
};
