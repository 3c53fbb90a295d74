import type { Action, ListName } from '@spillway/api';

interface ListText {
  readonly path: string;
  readonly title: string;
  /** In what order the rows stand. */
  readonly order: string;
  /** What is not in this list, when it is empty. */
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
    order: 'by when they are due',
    empty: {
      title: 'Nothing is waiting here',
      text: 'What Redis cannot take spills over to Postgres and appears here until it is processed.',
    },
    ageLabel: 'Received',
    reason: 'why',
    actions: ['requeue', 'discard'],
  },
  redis: {
    path: '/admin/redis',
    title: 'In Redis',
    order: 'in work first, then waiting, then those for later',
    empty: {
      title: 'Redis holds nothing',
      text: 'Submissions pass through here in moments while all is well.',
    },
    ageLabel: 'Received',
    actions: ['requeue', 'discard'],
  },
  dead: {
    path: '/admin/dead',
    title: 'Dead',
    order: 'latest first',
    empty: {
      title: 'Nothing is dead',
      text: 'A submission that fails too often comes here, with all that was tried, and waits for your decision.',
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
      title: 'Nothing was processed yet',
      text: 'Each settled submission is on record here for the retention.',
    },
    ageLabel: 'Received',
    actions: [],
  },
};
