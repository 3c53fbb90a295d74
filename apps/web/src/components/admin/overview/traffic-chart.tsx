'use client';

import type { FlowRange } from '@spillway/api';
import {
  Bar,
  CartesianGrid,
  ComposedChart,
  Line,
  ReferenceArea,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from 'recharts';
import { count } from '#lib/words.ts';
import { SERIES, gapsOf, timeOf } from './rates.ts';
import type { Rate } from './rates.ts';

const AXIS = {
  stroke: 'var(--line)',
  tick: { fill: 'var(--ink-soft)', fontSize: 12 },
  tickLine: false,
} as const;

// In steps, as wide as the bars: a rate is one of a whole minute, and a slope would hide the bar under it.
const LINE = { type: 'step', dot: false, activeDot: false, isAnimationActive: false } as const;

/** A mark at each minute in which submissions died. */
function diedOf({ dead }: Rate): number | null {
  return dead === 0 ? null : dead;
}

interface TrafficChartProps {
  readonly rates: readonly Rate[];
  readonly range: FlowRange;
}

/** Accepted submissions, stacked by store; settled ones, as a line over them. */
export function TrafficChart({ rates, range }: TrafficChartProps) {
  return (
    <ResponsiveContainer width="100%" height="100%">
      {/* Not by the keyboard point by point: the table has every number, and what is around has the words. */}
      <ComposedChart
        data={[...rates]}
        accessibilityLayer={false}
        barCategoryGap="12%"
        margin={{ top: 4, right: 4, bottom: 0, left: 0 }}
      >
        <CartesianGrid stroke="var(--line)" vertical={false} />
        <XAxis dataKey="at" tickFormatter={(at: string) => timeOf(at, range)} minTickGap={40} {...AXIS} />
        <YAxis width={44} allowDecimals={false} tickFormatter={count} axisLine={false} {...AXIS} />
        {gapsOf(rates).map(([from, to]) => (
          <ReferenceArea
            key={from}
            x1={from}
            x2={to}
            fill="var(--sunken)"
            fillOpacity={1}
            stroke="var(--line)"
          />
        ))}
        <Tooltip
          cursor={{ fill: 'var(--sunken)' }}
          isAnimationActive={false}
          content={<Tip rates={rates} range={range} />}
        />
        <Bar dataKey="redis" stackId="in" fill="var(--accent)" isAnimationActive={false} />
        <Bar dataKey="postgres" stackId="in" fill="var(--spill)" isAnimationActive={false} />
        {/* Twice: with a rim of the background, the line is seen on whatever it crosses. */}
        <Line dataKey="settled" stroke="var(--surface)" strokeWidth={4} {...LINE} />
        <Line dataKey="settled" stroke="var(--ink)" strokeWidth={1.5} {...LINE} />
        <Line
          dataKey={diedOf}
          stroke="none"
          {...LINE}
          dot={{ r: 4, fill: 'var(--bad)', stroke: 'var(--surface)' }}
        />
      </ComposedChart>
    </ResponsiveContainer>
  );
}

interface TipProps extends TrafficChartProps {
  /** By recharts: the place on the axis that is pointed at. */
  readonly label?: string;
}

function Tip({ rates, range, label }: TipProps) {
  const rate = rates.find(({ at }) => at === label);
  if (!rate) return null;
  return (
    <div className="rounded-lg border border-line bg-surface px-3 py-2 text-xs shadow-card">
      <p className="font-medium">{timeOf(rate.at, range)}</p>
      <dl className="mt-1 grid grid-cols-[auto_auto] gap-x-4 tabular-nums">
        {SERIES.map(({ key, label: words }) => (
          <div key={key} className="contents">
            <dt className="text-ink-soft">{words}</dt>
            <dd className="text-end">{rate[key] === null ? 'not counted' : count(rate[key])}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
