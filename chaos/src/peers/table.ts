import { markdownTable } from '@spillway/bench';
import type { Row } from '@spillway/bench';
import { isWhole } from './score.ts';
import type { Score } from './score.ts';
import type { Cell, Entry } from './tournament.ts';

/** Shares of the submissions of an episode, only those that are not 0. */
export function scoreText(score: Score): string {
  if (isWhole(score)) return 'whole';
  const { submissions, lost, refused, twice, undone } = score;
  return Object.entries({ lost, refused, twice, undone })
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `${what} ${share(count, submissions)}`)
    .join(', ');
}

function share(count: number, of: number): string {
  const percent = (100 * count) / of;
  return percent < 0.1 ? '< 0.1 %' : `${percent.toFixed(1)} %`;
}

function cellText({ score, reason = 'not played' }: Cell): string {
  return score ? scoreText(score) : reason;
}

/** Each fault, and what each made of it. */
export function faultTable(entries: readonly Entry[], cells: readonly Cell[]): Row[] {
  const faults = [...new Set(cells.map((cell) => cell.fault))];
  const find = (fault: string, { name }: Entry) =>
    cells.find((cell) => cell.fault === fault && cell.entry === name);
  return [
    ['fault', ...entries.map((one) => one.name)],
    ...faults.map((fault) => [
      `\`${fault}\``,
      ...entries.map((entry) => {
        const cell = find(fault, entry);
        return cell ? cellText(cell) : 'not played';
      }),
    ]),
  ];
}

/** Who took part, and what each is asked for. */
export function entryTable(entries: readonly Entry[], versions: ReadonlyMap<string, string>): Row[] {
  return [
    ['queue', 'version', 'promises, by its documentation', 'set here'],
    ...entries.map((one) => [one.name, versions.get(one.package) ?? '', one.promises, one.settings]),
  ];
}

/** What stands between the markers of the document. */
export function sectionLines(
  command: string,
  entries: readonly Entry[],
  versions: ReadonlyMap<string, string>,
  cells: readonly Cell[],
): string[] {
  return [
    `\`${command}\`, ${new Date().toISOString().slice(0, 10)}.`,
    '',
    ...markdownTable(entryTable(entries, versions)),
    '',
    ...markdownTable(faultTable(entries, cells)),
  ];
}
