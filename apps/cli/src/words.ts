const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const UNITS: readonly [ms: number, name: string][] = [
  [DAY, 'd'],
  [HOUR, 'h'],
  [MINUTE, 'min'],
  [SECOND, 's'],
];

const numbers = new Intl.NumberFormat('en');

/** "1,482", or "10,000+" where the count stopped there. */
export function count(value: number, capped = false): string {
  return `${numbers.format(value)}${capped ? '+' : ''}`;
}

/** "3 min 12 s": the two largest units. */
export function duration(ms: number): string {
  if (ms < SECOND) return `${Math.max(0, Math.round(ms))} ms`;
  const first = UNITS.findIndex(([unitMs]) => ms >= unitMs);
  const parts: string[] = [];
  let restMs = ms;
  for (const [unitMs, name] of UNITS.slice(first, first + 2)) {
    const whole = Math.floor(restMs / unitMs);
    restMs -= whole * unitMs;
    if (whole > 0) parts.push(`${whole} ${name}`);
  }
  return parts.join(' ');
}

/** How long ago an ISO time was. */
export function ago(at: string, nowMs = Date.now()): string {
  return duration(nowMs - Date.parse(at));
}

/** "submission" or "submissions", with its number. */
export function counted(value: number, noun: string, capped = false): string {
  return `${count(value, capped)} ${noun}${value === 1 && !capped ? '' : 's'}`;
}
