const LEVELS = [
  [60, 'fatal'],
  [50, 'error'],
  [40, 'warn'],
] as const;

// Good news that answers a warning before it.
const RECOVERIES = ['store_up', 'working_from', 'recovered', 'resumed'];

/**
 * What of a service's log line deserves the terminal: a warning, an error or a recovery, as one line; undefined for
 * the rest. Pino's JSON lines are read by their level. Of other text only what was written to stderr counts, and of that not
 * the indented lines, which belong to a stack trace.
 */
export function notable(line: string, stream: 'stdout' | 'stderr'): string | undefined {
  const entry = parse(line);
  if (entry) return summary(entry);
  return stream === 'stderr' && /^\S/.test(line) ? line : undefined;
}

interface Entry {
  level: number;
  msg?: string;
  event?: string;
  err?: { message?: string };
}

function parse(line: string): Entry | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const entry: unknown = JSON.parse(line);
    return isEntry(entry) ? entry : undefined;
  } catch {
    return undefined;
  }
}

function isEntry(value: unknown): value is Entry {
  return typeof value === 'object' && value !== null && 'level' in value && typeof value.level === 'number';
}

function summary({ level, msg = '', event = '', err }: Entry): string | undefined {
  const name =
    LEVELS.find(([least]) => level >= least)?.[1] ?? (RECOVERIES.includes(event) ? 'info' : undefined);
  if (!name) return undefined;
  const cause = err?.message && !msg.includes(err.message) ? ` (${err.message})` : '';
  return `${name.padEnd(6)}${msg}${cause}`.replaceAll('\n', ' ');
}
