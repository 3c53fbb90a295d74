export type Row = readonly string[];

/** Columns as wide as they need to be: text to the left, what begins with a digit or a comparison to the right. */
export function textTable(rows: readonly Row[]): string[] {
  const widths = columnWidths(rows);
  const isFigures = (column: number) =>
    rows.slice(1).every((row) => /^([\d<>≤≥-]|$)/.test(row[column] ?? ''));
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return isFigures(column) ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd(),
  );
}

/** The same as Markdown. */
export function markdownTable(rows: readonly Row[]): string[] {
  const [head = [], ...body] = rows;
  const line = (row: Row) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...body.map(line)];
}

function columnWidths(rows: readonly Row[]): number[] {
  return (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
}
