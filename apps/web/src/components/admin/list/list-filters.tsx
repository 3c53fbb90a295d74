'use client';

import type { ListName } from '@spillway/api';
import { Search } from 'lucide-react';
import { useEffect, useEffectEvent, useState } from 'react';
import { Button } from '#components/ui/button.tsx';
import { Input, Select } from '#components/ui/input.tsx';
import { REASON_OPTIONS } from '#lib/states.ts';
import { AGE_OPTIONS, ATTEMPT_OPTIONS, FORM_OPTIONS } from './filter.ts';
import type { FilterName, UsedFilter } from './filter.ts';
import { LISTS } from './lists.ts';

/** A payload search costs the server something: not before a pause in the typing. */
const PAUSE_MS = 600;
const COMPACT = 'h-10 py-0 text-base sm:text-sm';

/** What narrows a list down. All of it is in the address. */
export function ListFilters({ list, used }: { readonly list: ListName; readonly used: UsedFilter }) {
  const { reason } = LISTS[list];
  return (
    <div role="search" aria-label="Filter the list" className="grid grid-cols-2 items-end gap-3 lg:flex">
      <Text
        name="q"
        label="Search"
        placeholder="A whole id, or text of the payload"
        used={used}
        isSearch
        className="col-span-2 min-w-64 flex-1"
      />
      <Choice name="form" label="Form" any="Every form" options={FORM_OPTIONS} used={used} />
      <Choice name="age" label="Received" any="At any time" options={AGE_OPTIONS} used={used} />
      <Choice name="attempts" label="Attempts" any="Any number" options={ATTEMPT_OPTIONS} used={used} />
      {reason === 'why' ? (
        <Choice name="reason" label="Why it is here" any="Any reason" options={REASON_OPTIONS} used={used} />
      ) : null}
      {reason === 'error' ? (
        <Text name="reason" label="Error contains" used={used} className="lg:w-48" />
      ) : null}
      {used.isFiltered ? (
        <Button variant="quiet" className="max-lg:col-span-2" onClick={used.clear}>
          Clear
        </Button>
      ) : null}
    </div>
  );
}

interface ChoiceProps {
  readonly name: FilterName;
  readonly label: string;
  /** The label if nothing is selected. */
  readonly any: string;
  readonly options: readonly { readonly value: string; readonly label: string }[];
  readonly used: UsedFilter;
}

function Choice({ name, label, any, options, used }: ChoiceProps) {
  return (
    <label className="min-w-0 text-sm text-ink-soft lg:w-36 xl:w-44">
      {label}
      <Select
        className={COMPACT}
        value={used.values[name] ?? ''}
        onChange={({ target }) => used.change(name, target.value)}
      >
        <option value="">{any}</option>
        {options.map(({ value, label: words }) => (
          <option key={value} value={value}>
            {words}
          </option>
        ))}
      </Select>
    </label>
  );
}

interface TextProps {
  readonly name: FilterName;
  readonly label: string;
  readonly placeholder?: string;
  readonly used: UsedFilter;
  /** The one that `/` goes to. */
  readonly isSearch?: boolean;
  readonly className?: string;
}

/** Takes effect after a pause in the typing, or at Enter. */
function Text({ name, label, placeholder, used, isSearch = false, className }: TextProps) {
  const given = used.values[name] ?? '';
  const [typed, setTyped] = useState({ text: given, basedOn: given });
  // The address was changed by something else, such as the way back: that counts.
  if (typed.basedOn !== given) setTyped({ text: given, basedOn: given });
  const isPending = typed.text !== given;
  const take = useEffectEvent((text: string) => used.change(name, text));
  useEffect(() => {
    if (!isPending) return;
    const timer = setTimeout(() => take(typed.text), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [isPending, typed.text]);

  return (
    <label className={`min-w-0 text-sm text-ink-soft ${className ?? ''}`}>
      {label}
      <span className="relative block">
        {isSearch ? (
          <Search
            aria-hidden="true"
            className="pointer-events-none absolute start-3 top-1/2 size-4 -translate-y-1/2"
          />
        ) : null}
        <Input
          type="search"
          className={`${COMPACT} ${isSearch ? 'ps-9' : ''}`}
          placeholder={placeholder}
          data-search={isSearch || undefined}
          autoComplete="off"
          spellCheck={false}
          maxLength={200}
          value={typed.text}
          onChange={({ target }) => setTyped({ text: target.value, basedOn: given })}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && isPending) used.change(name, typed.text);
          }}
        />
      </span>
    </label>
  );
}
