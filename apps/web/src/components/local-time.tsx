'use client';

import { useSyncExternalStore } from 'react';

const HERE = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
const UTC = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium', timeZone: 'UTC' });
const never = () => () => {};

/** A moment in the reader's time zone; in UTC, and said so, where that is not known (on the server, without JavaScript). */
export function LocalTime({ at }: { at: string }) {
  const isHere = useSyncExternalStore(
    never,
    () => true,
    () => false,
  );
  const date = new Date(at);
  return (
    <time dateTime={at} className="tabular-nums">
      {isHere ? HERE.format(date) : `${UTC.format(date)} UTC`}
    </time>
  );
}
