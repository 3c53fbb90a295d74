'use client';

import Link from 'next/link';
import { usePathname } from 'next/navigation';
import { cn } from '#lib/cn.ts';
import { count } from '#lib/words.ts';
import { useDestinations } from './destinations.ts';
import type { Destination } from './destinations.ts';
import { useLive } from './live.tsx';

/** The operator's pages, and how much is behind each. */
export function Navigation({ onGo }: { onGo?: () => void }) {
  return (
    <nav aria-label="Operations">
      <ul className="grid gap-0.5">
        {useDestinations().map((destination) => (
          <Item key={destination.href} destination={destination} {...(onGo && { onGo })} />
        ))}
      </ul>
    </nav>
  );
}

function Item({ destination, onGo }: { destination: Destination; onGo?: () => void }) {
  const { href, label, icon: Icon, count: counter } = destination;
  const isCurrent = usePathname() === href;
  const { data } = useLive();
  const counted = data && counter?.(data.overview);
  return (
    <li>
      <Link
        href={href}
        prefetch={false}
        {...(onGo && { onClick: onGo })}
        {...(isCurrent && { 'aria-current': 'page' })}
        className={cn(
          'flex min-h-10 items-center gap-3 rounded-lg px-3 text-sm transition-colors lg:min-h-9',
          isCurrent
            ? 'bg-accent-soft font-semibold text-accent-strong'
            : 'text-ink-soft hover:bg-sunken hover:text-ink',
        )}
      >
        <Icon className="size-4 shrink-0" aria-hidden="true" />
        <span className="grow">{label}</span>
        {counted && counted.value > 0 ? (
          <span className="text-xs font-medium tabular-nums">
            {count(counted.value)}
            {counted.capped ? '+' : null}
          </span>
        ) : null}
      </Link>
    </li>
  );
}
