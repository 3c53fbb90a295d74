import { LINE_COLOURS, line, path, picture, text } from './svg.ts';

const WIDTH = 820;
const HEIGHT = 420;
const LEFT = 70;
const RIGHT = 190;
const TOP = 72;
const BOTTOM = 76;
const LABEL_GAP = 17;

export interface Curve {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

interface Axis {
  readonly title: string;
  readonly kind: 'linear' | 'log';
  readonly ticks: readonly number[];
  readonly label: (value: number) => string;
}

export interface LineChart {
  readonly title: string;
  readonly description: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly curves: readonly Curve[];
  readonly footer: string;
}

/** Curves, each named at its end. The axes reach from their first tick to their last. */
export function lineChart({ title, description, x, y, curves, footer }: LineChart): string {
  const toX = scale(x, LEFT, WIDTH - RIGHT);
  const toY = scale(y, HEIGHT - BOTTOM, TOP);
  const parts = [text(16, 28, title, 'class="title"')];
  for (const tick of y.ticks) {
    parts.push(line(LEFT, toY(tick), WIDTH - RIGHT, toY(tick)));
    parts.push(text(LEFT - 8, toY(tick) + 4, y.label(tick), 'class="quiet" text-anchor="end"'));
  }
  for (const tick of x.ticks) {
    parts.push(text(toX(tick), HEIGHT - BOTTOM + 20, x.label(tick), 'class="quiet" text-anchor="middle"'));
  }
  parts.push(
    text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - BOTTOM + 40, x.title, 'class="quiet" text-anchor="middle"'),
  );
  parts.push(text(LEFT - 8, TOP - 18, y.title, 'class="quiet" text-anchor="end"'));
  const labels = spread(curves.map(({ points }) => toY(points.at(-1)?.y ?? Number.NaN)));
  curves.forEach(({ name, points }, index) => {
    const colour = LINE_COLOURS[index % LINE_COLOURS.length] ?? '';
    parts.push(
      path(
        points.map((point) => [toX(point.x), toY(point.y)] as const),
        colour,
      ),
    );
    parts.push(text(WIDTH - RIGHT + 10, (labels[index] ?? 0) + 4, name, `style="fill:${colour}"`));
  });
  parts.push(text(16, HEIGHT - 12, footer, 'class="quiet" style="font-size:11px"'));
  return picture(WIDTH, HEIGHT, description, parts);
}

/** Ticks 0, step, 2 step, … up to above the largest value, about five of them. */
export function linearTicks(largest: number): number[] {
  const magnitude = 10 ** Math.floor(Math.log10(Math.max(largest, Number.MIN_VALUE) / 4));
  const step = [1, 2, 5, 10].map((factor) => factor * magnitude).find((one) => one * 5 >= largest) ?? largest;
  return Array.from({ length: Math.ceil(largest / step) + 1 }, (_, index) => index * step);
}

/** Powers of ten around the values. */
export function logTicks(values: readonly number[]): number[] {
  const lowest = Math.floor(Math.log10(Math.min(...values)));
  const highest = Math.ceil(Math.log10(Math.max(...values)));
  return Array.from({ length: Math.max(1, highest - lowest) + 1 }, (_, index) => 10 ** (lowest + index));
}

function scale({ kind, ticks }: Axis, from: number, to: number): (value: number) => number {
  const place = (value: number) => (kind === 'log' ? Math.log10(value) : value);
  const low = place(ticks[0] ?? 0);
  const high = place(ticks.at(-1) ?? 1);
  return (value) => from + ((place(value) - low) / (high - low)) * (to - from);
}

/** Moves labels downwards if they would overlap. */
function spread(wanted: readonly number[]): number[] {
  const order = wanted.map((y, index) => ({ y, index })).toSorted((a, b) => a.y - b.y);
  const placed: number[] = [];
  let last = Number.NEGATIVE_INFINITY;
  for (const { y, index } of order) {
    last = Math.max(y, last + LABEL_GAP);
    placed[index] = last;
  }
  return placed;
}
