import type { AdminOverview } from '@spillway/api';
import { LocalTime } from '#components/local-time.tsx';
import { Badge } from '#components/ui/badge.tsx';
import type { Tone } from '#components/ui/badge.tsx';
import { Card } from '#components/ui/card.tsx';
import { count, duration, sentence } from '#lib/words.ts';
import { Findings } from './overview/findings.tsx';

type Store = AdminOverview['redis'];

const STATES: Record<Store['state'], { label: string; tone: Tone }> = {
  up: { label: 'Up', tone: 'good' },
  down: { label: 'Away', tone: 'bad' },
  absent: { label: 'Not configured', tone: 'neutral' },
};

interface StoreCardProps {
  readonly store: Store;
  /** By the server's clock. */
  readonly now: number;
  readonly isAccepting: boolean;
  readonly isWorkedFrom: boolean;
}

/** One store: its state, what a crash of it would lose, and the submissions that it holds. */
export function StoreCard({ store, now, isAccepting, isWorkedFrom }: StoreCardProps) {
  const state = STATES[store.state];
  return (
    <Card aria-label={TITLES[store.name]} className="flex flex-col gap-4 p-5">
      <div className="flex flex-wrap items-center gap-2">
        <h2 className="text-lg font-semibold tracking-tight">{TITLES[store.name]}</h2>
        <Badge tone={state.tone}>{state.label}</Badge>
        {store.breaker === 'open' ? <Badge tone="warn">Breaker open</Badge> : null}
        {isAccepting ? <Badge tone="accent">Accepts</Badge> : null}
        {isWorkedFrom ? <Badge tone="accent">Claimed from</Badge> : null}
        {store.state === 'absent' ? null : (
          <span className="ml-auto text-sm text-ink-soft tabular-nums">
            for {duration(now - Date.parse(store.since))}
          </span>
        )}
      </div>
      <p className="text-sm text-ink-soft">{sentence(store.durability)}</p>
      <DepthRow depth={store.depth} />
      <Findings store={store.name} isUp={store.state === 'up'} />
      {store.lastError ? (
        <div className="border-t border-line pt-3 text-sm">
          <p className="text-ink-soft">
            {store.state === 'down' ? 'Error' : 'Last error'}
            {store.lastErrorAt ? (
              <>
                , <LocalTime at={store.lastErrorAt} />
              </>
            ) : null}
          </p>
          <p className="mt-0.5 font-mono text-xs leading-relaxed break-words">{store.lastError}</p>
        </div>
      ) : null}
    </Card>
  );
}

const TITLES = { redis: 'Redis', postgres: 'Postgres' } as const;

function DepthRow({ depth }: { depth: Store['depth'] }) {
  const cells = [
    ['Waiting', depth?.ready],
    ['Scheduled', depth?.delayed],
    ['Claimed', depth?.active],
  ] as const;
  return (
    <dl className="grid grid-cols-3 gap-3">
      {cells.map(([label, value]) => (
        <div key={label}>
          <dt className="text-xs text-ink-soft">{label}</dt>
          <dd className="text-xl font-semibold tabular-nums">
            {value === undefined ? (
              <span className="text-sm font-normal text-ink-soft">unknown</span>
            ) : (
              count(value)
            )}
            {depth?.capped && value ? '+' : null}
          </dd>
        </div>
      ))}
    </dl>
  );
}
