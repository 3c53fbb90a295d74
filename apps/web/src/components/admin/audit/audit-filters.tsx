'use client';

import { useState } from 'react';
import { Button } from '#components/ui/button.tsx';
import { Input, Select } from '#components/ui/input.tsx';
import { DEEDS } from './words.ts';

interface Values {
  readonly action: string | null;
  readonly by: string | null;
  readonly submission: string | null;
}

interface AuditFiltersProps {
  readonly values: Values;
  readonly onChange: (change: Partial<Values>) => void;
}

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const COMPACT = 'h-10 py-0 text-sm';

/** Filters by action, operator and submission. */
export function AuditFilters({ values, onChange }: AuditFiltersProps) {
  const isFiltered = values.action !== null || values.by !== null || values.submission !== null;
  return (
    <div className="grid items-end gap-3 p-5 sm:flex sm:flex-wrap">
      <label className="grid gap-1 text-sm text-ink-soft">
        What
        <Select
          className={COMPACT}
          value={values.action ?? ''}
          onChange={({ target }) => onChange({ action: target.value || null })}
        >
          <option value="">Everything</option>
          {Object.entries(DEEDS).map(([name, label]) => (
            <option key={name} value={name}>
              {label}
            </option>
          ))}
        </Select>
      </label>
      <TextFilter
        label="By"
        placeholder="Email address"
        value={values.by}
        onChange={(by) => onChange({ by })}
      />
      <TextFilter
        label="Submission"
        placeholder="Whole id"
        value={values.submission}
        pattern={ID}
        onChange={(submission) => onChange({ submission })}
      />
      {isFiltered ? (
        <Button variant="quiet" onClick={() => onChange({ action: null, by: null, submission: null })}>
          Clear
        </Button>
      ) : null}
    </div>
  );
}

interface TextFilterProps {
  readonly label: string;
  readonly placeholder: string;
  readonly value: string | null;
  readonly pattern?: RegExp;
  readonly onChange: (value: string | null) => void;
}

/** Takes effect by Enter, or when it is left: not at each letter. */
function TextFilter({ label, placeholder, value, pattern, onChange }: TextFilterProps) {
  const [typed, setTyped] = useState(value ?? '');
  const [shown, setShown] = useState(value);
  if (value !== shown) {
    setShown(value);
    setTyped(value ?? '');
  }
  const text = typed.trim();
  const isWrong = text !== '' && pattern !== undefined && !pattern.test(text);

  function apply() {
    if (!isWrong && text !== (value ?? '')) onChange(text === '' ? null : text.toLowerCase());
  }

  return (
    <label className="grid gap-1 text-sm text-ink-soft">
      {label}
      <Input
        className={`${COMPACT} sm:w-56`}
        placeholder={placeholder}
        spellCheck={false}
        aria-invalid={isWrong}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onBlur={apply}
        onKeyDown={(event) => event.key === 'Enter' && apply()}
      />
    </label>
  );
}
