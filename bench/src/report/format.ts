/** Three significant digits, thousands separated: 53,700 · 0.912 · 12.4 */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '-';
  return new Intl.NumberFormat('en', { maximumSignificantDigits: 3 }).format(value);
}
