'use client';

import type { ListQuery } from '@spillway/api';
import { forms } from '@spillway/forms';
import { parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const PAGE_SIZE = 50;

/** How long a submission must have waited to be shown: name in the address, words, milliseconds. */
export const AGES = {
  '1m': { label: 'Over 1 minute', ms: MINUTE },
  '10m': { label: 'Over 10 minutes', ms: 10 * MINUTE },
  '1h': { label: 'Over 1 hour', ms: HOUR },
  '1d': { label: 'Over 1 day', ms: 24 * HOUR },
} as const;

export type Age = keyof typeof AGES;
const AGE_NAMES = ['1m', '10m', '1h', '1d'] as const satisfies readonly Age[];

// An address made by hand may say anything; what is no form filters nothing.
const FORM_NAMES = forms.map((form) => form.name);

export function isAge(value: string): value is Age {
  return value in AGES;
}

/** The backlog's filters and page. They live in the address, so a view can be kept, sent and gone back to. */
export function useBacklogFilter() {
  const [values, setValues] = useQueryStates(
    { form: parseAsStringLiteral(FORM_NAMES), age: parseAsStringLiteral(AGE_NAMES), page: parseAsString },
    { history: 'push' },
  );
  const filter: ListQuery = {
    list: 'postgres',
    limit: PAGE_SIZE,
    filter: {
      ...(values.form !== null && { form: values.form }),
      ...(values.age !== null && { minAgeMs: AGES[values.age].ms }),
    },
    ...(values.page !== null && { cursor: values.page }),
  };
  return { values, setValues, filter };
}
