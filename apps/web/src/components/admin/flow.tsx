import type { AdminOverview } from '@spillway/api';
import { cn } from '#lib/cn.ts';

/** The two streams as they run now: into which store, and from which one the workers take. */
export function Flow({ overview }: { overview: AdminOverview }) {
  const { accepting, workingFrom, redis, postgres } = overview;
  const streams = [
    { d: 'M120 56h120c44 0 44-30 88-30h104', runs: accepting === 'redis' },
    { d: 'M120 56h120c44 0 44 30 88 30h104', runs: accepting === 'postgres' },
    { d: 'M656 26h104c44 0 44 30 88 30h120', runs: workingFrom === 'redis' },
    { d: 'M656 86h104c44 0 44-30 88-30h120', runs: workingFrom === 'postgres' },
  ];
  return (
    <svg viewBox="0 0 1088 112" className="hidden w-full md:block" fill="none" aria-hidden="true">
      {/* The idle ones first, so that no grey line lies on the water. */}
      {streams
        .toSorted((a, b) => Number(a.runs) - Number(b.runs))
        .map((stream) => (
          <Stream key={stream.d} {...stream} />
        ))}
      <Node x={0} y={56} width={120} label="Senders" />
      <Node x={432} y={26} width={224} label="Redis" state={redis.state} />
      <Node x={432} y={86} width={224} label="Postgres" state={postgres.state} />
      <Node x={968} y={56} width={120} label="Workers" />
    </svg>
  );
}

function Stream({ d, runs }: { d: string; runs: boolean }) {
  return (
    <>
      <path
        d={d}
        className={runs ? 'stroke-accent/25' : 'stroke-line'}
        strokeWidth={runs ? 7 : 2}
        strokeLinecap="round"
      />
      {runs ? <path d={d} className="stream stroke-accent" strokeWidth="2.5" strokeLinecap="round" /> : null}
    </>
  );
}

interface NodeProps {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly label: string;
  readonly state?: 'up' | 'down' | 'absent';
}

const HEIGHT = 40;

function Node({ x, y, width, label, state = 'up' }: NodeProps) {
  const isUp = state === 'up';
  return (
    <g>
      <rect
        x={x + 1}
        y={y - HEIGHT / 2}
        width={width - 2}
        height={HEIGHT}
        rx="10"
        className={cn(
          'fill-surface',
          isUp ? 'stroke-line-strong/60' : state === 'down' ? 'stroke-bad' : 'stroke-line',
        )}
        strokeWidth="1.25"
        strokeDasharray={isUp ? undefined : '5 4'}
      />
      <text
        x={x + width / 2}
        y={y}
        dy="0.35em"
        textAnchor="middle"
        className={cn(
          'text-[14px] font-medium',
          isUp ? 'fill-ink' : state === 'down' ? 'fill-bad' : 'fill-ink-faint',
        )}
      >
        {state === 'down' ? `${label} away` : label}
      </text>
    </g>
  );
}
