import { stripControl } from '@spillway/terminal';

export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => string;
  /** Aligns numbers to the right. Default: to the left. */
  readonly right?: boolean;
  /** The one that gives way where the terminal is narrow. */
  readonly shrinks?: boolean;
}

const GAP = '  ';
const MIN_WIDTH = 8;

/** Lines of a table, the first with the titles, none longer than `width`. Empty columns are left out. */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[], width: number): string[] {
  const cells = rows.map((row) => columns.map(({ value }) => stripControl(value(row))));
  const shown = columns.flatMap((column, i) => {
    const longest = Math.max(0, ...cells.map((line) => line[i]?.length ?? 0));
    return longest === 0 ? [] : [{ ...column, i, width: Math.max(longest, column.title.length) }];
  });
  const total = shown.reduce((sum, column) => sum + column.width + GAP.length, -GAP.length);
  const give = Math.max(0, total - width);
  const widths = shown.map((column) =>
    column.shrinks ? Math.max(MIN_WIDTH, column.width - give) : column.width,
  );
  const line = (texts: readonly string[]) =>
    shown
      .map(({ right, i }, at) => fit(texts[i] ?? '', widths[at] ?? 0, right ?? false))
      .join(GAP)
      .trimEnd()
      .slice(0, width);
  return [line(columns.map(({ title }) => title)), ...cells.map(line)];
}

function fit(text: string, width: number, right: boolean): string {
  if (text.length > width) return `${text.slice(0, width - 1)}…`;
  return right ? text.padStart(width) : text.padEnd(width);
}

/** Breaks a text at spaces, so that no line is longer than `width` where its words are not. */
export function wrap(text: string, width: number, indent: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of stripControl(text).split(' ')) {
    if (line !== '' && indent.length + line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].map((part) => `${indent}${part}`).join('\n');
}
