import type { FlowRange } from '@spillway/api';
import { count } from '#lib/words.ts';
import { SERIES, isGap, timeOf } from './rates.ts';
import type { Rate } from './rates.ts';

/** The same as the chart, latest first. */
export function TrafficTable({ rates, range }: { rates: readonly Rate[]; range: FlowRange }) {
  return (
    // Focusable, so that the keyboard can scroll it.
    <div
      role="region"
      aria-label="Submissions per minute, as a table"
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls has to be reached
      tabIndex={0}
      className="max-h-80 overflow-auto"
    >
      <table className="w-full text-sm tabular-nums">
        <thead className="sticky top-0 bg-surface text-ink-soft">
          <tr>
            <th scope="col" className="py-2 pe-3 text-start font-medium">
              From
            </th>
            {SERIES.map(({ key, label }) => (
              <th key={key} scope="col" className="px-2 py-2 text-end font-medium">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rates.toReversed().map((rate) => (
            <tr key={rate.at} className="border-t border-line/70">
              <th scope="row" className="py-1.5 pe-3 text-start font-normal whitespace-nowrap">
                {timeOf(rate.at, range)}
              </th>
              <Cells rate={rate} />
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Cells({ rate }: { rate: Rate }) {
  if (isGap(rate)) {
    return (
      <td colSpan={SERIES.length} className="px-2 py-1.5 text-end text-ink-soft">
        not counted
      </td>
    );
  }
  return SERIES.map(({ key }) => (
    <td key={key} className="px-2 py-1.5 text-end">
      {rate[key] === null ? <span className="text-ink-soft">not counted</span> : count(rate[key])}
    </td>
  ));
}
