import { describe, expect, it } from 'vitest';
import { barChart } from '../src/report/bars.ts';
import { replaceSection } from '../src/report/document.ts';
import { figure } from '../src/report/format.ts';
import { lineChart, linearTicks, logTicks } from '../src/report/lines.ts';
import { seriesRows } from '../src/report/rows.ts';
import { markdownTable, textTable } from '../src/report/table.ts';
import { trendOf } from '../src/soak/trend.ts';

describe('figures', () => {
  it('have three significant digits', () => {
    expect(figure(53_712.4)).toBe('53,700');
    expect(figure(0.912_34)).toBe('0.912');
    expect(figure(Number.NaN)).toBe('-');
  });
});

describe('a table', () => {
  const rows = [
    ['name', 'median', ''],
    ['a', '5', 'note'],
    ['longer', '1,000 ms', ''],
  ];

  it('in a terminal has columns, with figures to the right', () => {
    expect(textTable(rows)).toEqual(['name      median', 'a              5  note', 'longer  1,000 ms']);
  });

  it('in a document escapes what would end a cell', () => {
    expect(markdownTable([['a|b'], ['c']])).toEqual([String.raw`| a\|b |`, '|---|', '| c |']);
  });

  it('says median and spread of each competitor, and its note', () => {
    const series = [{ name: 'a', unit: '1/s' as const, samples: [1, 3, 2], note: 'hedged' }];
    expect(seriesRows('rate', series)).toEqual([
      ['rate', 'median', 'rounds', ''],
      ['a', '2 1/s', '1 to 3', 'hedged'],
    ]);
  });
});

describe('a section of a document', () => {
  const document = 'before\n<!-- bench:a -->\nold\n<!-- /bench:a -->\nafter\n';

  it('is replaced, as often as one likes, and nothing around it', () => {
    const once = replaceSection(document, 'bench:a', ['new']);
    expect(once).toBe('before\n<!-- bench:a -->\n\nnew\n\n<!-- /bench:a -->\nafter\n');
    expect(replaceSection(once, 'bench:a', ['new'])).toBe(once);
  });

  it('must be there', () => {
    expect(() => replaceSection(document, 'bench:b', [])).toThrow('<!-- bench:b -->');
  });
});

describe('a chart', () => {
  const axis = { title: '', ticks: [1, 10, 100], label: String };

  it('shows bars in proportion, the longest first, and escapes names', () => {
    const bars = [
      { name: '<slow>', value: 50, ours: false },
      { name: 'fast', value: 100, ours: true },
    ];
    const svg = barChart('rates & more', [{ title: 't', unit: '/s', bars }], 'today');
    const widths = [...svg.matchAll(/<rect [^>]*width="([\d.]+)"/g)].map((match) => Number(match[1]));
    expect(widths).toHaveLength(2);
    expect(widths[0]).toBeCloseTo(2 * (widths[1] ?? 0));
    expect(svg).toContain('<title>rates &amp; more</title>');
    expect(svg).toContain('&lt;slow&gt;');
    expect(svg).toContain('prefers-color-scheme: dark');
  });

  it('puts equal factors at equal distances on a logarithmic axis, and names each curve', () => {
    const points = [1, 10, 100].map((x) => ({ x, y: x }));
    const svg = lineChart({
      title: 't',
      description: 'd',
      x: { ...axis, kind: 'log' },
      y: { ...axis, kind: 'log' },
      curves: [{ name: 'curve', points }],
      footer: '',
    });
    const [, a, b, c] = /d="M([\d.]+) [\d.]+L([\d.]+) [\d.]+L([\d.]+) /.exec(svg) ?? [];
    expect(Number(b) - Number(a)).toBeCloseTo(Number(c) - Number(b), 0);
    expect(svg).toContain('>curve</text>');
  });

  it('has ticks beyond the largest value', () => {
    expect(linearTicks(93)).toEqual([0, 20, 40, 60, 80, 100]);
    expect(linearTicks(10)).toEqual([0, 2, 4, 6, 8, 10]);
    expect(logTicks([3, 250])).toEqual([1, 10, 100, 1_000]);
  });
});

describe('a trend', () => {
  const MIB = 1_024 ** 2;
  const minutes = Array.from({ length: 41 }, (_, index) => index / 4);

  it('is steady if only the beginning rose', () => {
    expect(trendOf(minutes.map((x) => ({ x, y: 100 * MIB * Math.min(1, x + 0.1) }))).grows).toBe(false);
  });

  it('grows if it continues to rise', () => {
    const { grows, bytesPerMinute } = trendOf(minutes.map((x) => ({ x, y: (100 + 2 * x) * MIB })));
    expect(grows).toBe(true);
    expect(bytesPerMinute / MIB).toBeCloseTo(2);
  });
});
