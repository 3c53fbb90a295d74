import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import type { ListFilter } from '@spillway/api';

const SECOND_MS = 1_000;
const UNITS_MS: Readonly<Record<string, number>> = {
  s: SECOND_MS,
  m: 60 * SECOND_MS,
  h: 3_600 * SECOND_MS,
  d: 24 * 3_600 * SECOND_MS,
};

/** `90s`, `5m`, `2h`, `3d`, in ms. */
function parseAge(text: string): number {
  const [, value, unit] = /^(\d+(?:\.\d+)?)([smhd])$/.exec(text) ?? [];
  if (value === undefined || unit === undefined)
    throw new InvalidArgumentError('Use a form like 90s, 5m, 2h or 3d.');
  return Math.round(Number(value) * (UNITS_MS[unit] ?? 0));
}

/** A cursor as a page returned it. Pages ignore a damaged one, and a script would start again unnoticed: refuse it here. */
export function parseCursor(text: string): string {
  const words = Buffer.from(text, 'base64url').toString();
  if (/^[\w-]+ \d+$/.test(words) && Buffer.from(words).toString('base64url') === text) return text;
  throw new InvalidArgumentError('Copy the cursor from the end of a page.');
}

/** A whole number within bounds. */
export function whole(min: number, max = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    const upTo = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
    throw new InvalidArgumentError(`Use a whole number ${upTo}.`);
  };
}

/** The flag of every command. */
export function withJson(command: Command, meaning = 'print one JSON document and nothing else'): Command {
  return command.option('--json', meaning);
}

export interface FilterOptions {
  readonly form?: string;
  readonly olderThan?: number;
  readonly newerThan?: number;
  readonly reason?: string;
  readonly minAttempts?: number;
  readonly search?: string;
}

/** The same filters as on the operator's pages. */
export function withFilters(command: Command): Command {
  return command
    .option('--form <form>', 'only this form')
    .option('--older-than <age>', 'received longer ago than this: 90s, 5m, 2h, 3d', parseAge)
    .option('--newer-than <age>', 'received more recently than this', parseAge)
    .option('--reason <text>', 'why it is in Postgres; for dead submissions: part of the error')
    .option('--min-attempts <n>', 'at least this many attempts', whole(0))
    .option('--search <text>', 'a whole id, or part of the payload');
}

export function filterOf(options: FilterOptions): ListFilter {
  const { form, olderThan: minAgeMs, newerThan: maxAgeMs, reason, minAttempts, search } = options;
  return {
    ...(form !== undefined && { form }),
    ...(minAgeMs !== undefined && { minAgeMs }),
    ...(maxAgeMs !== undefined && { maxAgeMs }),
    ...(reason !== undefined && { reason }),
    ...(minAttempts !== undefined && { minAttempts }),
    ...(search !== undefined && { search }),
  };
}

/** An option that takes one of a few words. */
export function choice(
  flags: string,
  description: string,
  choices: readonly string[],
  standard: string,
): Option {
  return new Option(flags, description).choices(choices).default(standard);
}

/** Lines under the help: how it is used, as one would type it. */
export function examples(...lines: readonly [command: string, meaning: string][]): string {
  const width = Math.max(...lines.map(([command]) => command.length));
  const shown = lines.map(([command, meaning]) => `  $ spillway ${command.padEnd(width)}   ${meaning}`);
  return `\nExamples:\n${shown.join('\n')}`;
}
