import { figure } from './format.ts';
import { FONT_SIZE, picture, rectangle, text } from './svg.ts';

const WIDTH = 820;
const LABEL_WIDTH = 230;
const VALUE_WIDTH = 130;
const BAR = 20;
const GAP = 6;
const TITLE = 44;
const MARGIN = 16;

interface Bar {
  readonly name: string;
  readonly value: number;
  readonly ours: boolean;
}

export interface BarGroup {
  readonly title: string;
  readonly unit: string;
  readonly bars: readonly Bar[];
}

/** Groups of horizontal bars, the longest first, each group on a scale of its own that begins at 0. */
export function barChart(description: string, groups: readonly BarGroup[], footer: string): string {
  const parts: string[] = [];
  let y = MARGIN;
  for (const group of groups) {
    parts.push(text(MARGIN, y + 16, group.title, 'class="title"'));
    y += TITLE - FONT_SIZE;
    const longest = Math.max(...group.bars.map((bar) => bar.value));
    for (const bar of group.bars.toSorted((a, b) => b.value - a.value)) {
      parts.push(...drawBar(bar, y, longest, group.unit));
      y += BAR + GAP;
    }
    y += MARGIN;
  }
  parts.push(text(MARGIN, y + FONT_SIZE, footer, 'class="quiet" style="font-size:11px"'));
  return picture(WIDTH, y + FONT_SIZE + MARGIN, description, parts);
}

function drawBar(bar: Bar, y: number, longest: number, unit: string): string[] {
  const scale = (value: number) => (value / longest) * (WIDTH - LABEL_WIDTH - VALUE_WIDTH - 2 * MARGIN);
  const x = MARGIN + LABEL_WIDTH;
  const baseline = y + BAR - 5;
  return [
    text(x - 8, baseline, bar.name, `text-anchor="end"${bar.ours ? ' font-weight="600"' : ''}`),
    rectangle(x, y, Math.max(1, scale(bar.value)), BAR, bar.ours ? 'ours' : 'theirs'),
    text(x + scale(bar.value) + 8, baseline, `${figure(bar.value)} ${unit}`, 'class="quiet"'),
  ];
}
