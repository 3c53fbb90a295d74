'use client';

import { useSyncExternalStore } from 'react';
import { useLocale } from 'use-intl/react';

const never = () => () => {};

/** A moment in the reader's time zone; in UTC, and said so, where that is not known (on the server, without JavaScript). */
export function LocalTime({ at }: { at: string }) {
  const locale = useLocale();
  const isHere = useSyncExternalStore(
    never,
    () => true,
    () => false,
  );
  const format = new Intl.DateTimeFormat(locale === 'en' ? 'en-GB' : locale, {
    dateStyle: 'medium',
    timeStyle: 'medium',
    ...(isHere ? {} : { timeZone: 'UTC' }),
  });
  return (
    <time dateTime={at} className="tabular-nums">
      {format.format(new Date(at))}
      {isHere ? '' : ' UTC'}
    </time>
  );
}
