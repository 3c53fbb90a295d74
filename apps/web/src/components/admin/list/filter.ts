'use client';

import type { ListFilter, ListName } from '@spillway/api';
import { forms } from '@spillway/forms';
import { parseAsInteger, parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Longer ones are refused; an address made by hand may have them. */
const MAX_CHARS = 200;

/** When a submission was received: name in the address, words, bounds in ms before now. */
const AGES = {
  'over-1m': { label: 'Over 1 minute ago', minAgeMs: MINUTE },
  'over-10m': { label: 'Over 10 minutes ago', minAgeMs: 10 * MINUTE },
  'over-1h': { label: 'Over 1 hour ago', minAgeMs: HOUR },
  'over-1d': { label: 'Over 1 day ago', minAgeMs: DAY },
  'last-10m': { label: 'In the last 10 minutes', maxAgeMs: 10 * MINUTE },
  'last-1h': { label: 'In the last hour', maxAgeMs: HOUR },
  'last-1d': { label: 'In the last day', maxAgeMs: DAY },
} as const satisfies Record<string, { label: string; minAgeMs?: number; maxAgeMs?: number }>;

type Age = keyof typeof AGES;

const AGE_NAMES = Object.keys(AGES) as Age[];
export const AGE_OPTIONS = AGE_NAMES.map((value) => ({ value, label: AGES[value].label }));

const ATTEMPTS = [1, 2, 3, 5, 8] as const;
export const ATTEMPT_OPTIONS = ATTEMPTS.map((value) => ({
  value: String(value),
  label: value === 1 ? 'At least 1' : `At least ${value}`,
}));

// A person can edit the address: the name of an unknown form is ignored.
const FORM_NAMES = forms.map((form) => form.name);
export const FORM_OPTIONS = FORM_NAMES.map((value) => ({ value, label: value }));

const PARSERS = {
  form: parseAsStringLiteral(FORM_NAMES),
  age: parseAsStringLiteral(AGE_NAMES),
  attempts: parseAsInteger,
  reason: parseAsString,
  q: parseAsString,
  page: parseAsString,
};

const NOTHING = { form: null, age: null, attempts: null, reason: null, q: null } as const;

/** The filters, by their names in the address. */
export type FilterName = keyof typeof NOTHING;

export interface UsedFilter {
  readonly values: Readonly<Record<FilterName | 'page', string | null>>;
  readonly filter: ListFilter;
  readonly isFiltered: boolean;
  /** `null` or empty: not filtered by it. Any change begins at the first page. */
  change(name: FilterName, value: string | null): void;
  goTo(page: string | null): void;
  clear(): void;
}

/** A list's filters and page. They live in the address, so a view can be kept, sent and gone back to. */
export function useListFilter(): UsedFilter {
  const [values, setValues] = useQueryStates(PARSERS, { history: 'push' });
  const filter = filterOf(values);
  return {
    values: { ...values, attempts: values.attempts === null ? null : String(values.attempts) },
    filter,
    isFiltered: Object.keys(filter).length > 0,
    change(name, value) {
      const given = value === '' ? null : value;
      void setValues({
        [name]: name === 'attempts' && given !== null ? Number(given) : given,
        page: null,
      });
    },
    goTo: (page) => void setValues({ page }, { scroll: true }),
    clear: () => void setValues({ ...NOTHING, page: null }),
  };
}

type Values = ReturnType<typeof useQueryStates<typeof PARSERS>>[0];

function filterOf({ form, age, attempts, reason, q }: Values): ListFilter {
  const { label: _, ...bounds } = age === null ? { label: '' } : AGES[age];
  const isCount = attempts !== null && attempts >= 1 && attempts <= 1000;
  return {
    ...(form !== null && { form }),
    ...bounds,
    ...(isCount && { minAttempts: attempts }),
    ...(isText(reason) && { reason: reason.slice(0, MAX_CHARS) }),
    ...(isText(q) && { search: q.trim().slice(0, MAX_CHARS) }),
  };
}

function isText(value: string | null): value is string {
  return value !== null && value.trim() !== '';
}

/** Where the whole of what matches is downloaded. */
export function exportPath(list: ListName, format: 'csv' | 'ndjson', filter: ListFilter): string {
  const values = Object.entries({ list, format, ...filter }).map(([name, value]) => [name, String(value)]);
  return `/api/admin/export?${new URLSearchParams(values).toString()}`;
}
