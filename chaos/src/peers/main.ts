import { readFile, writeFile } from 'node:fs/promises';
import { replaceSection, textTable } from '@spillway/bench';
import { entryTable, faultTable, scoreText, sectionLines } from './table.ts';
import { ENTRIES, PEER_FAULTS, playAll, versionsOf } from './tournament.ts';
import type { Cell, TournamentOptions } from './tournament.ts';

const MARKER = 'chaos:peers';

export interface PeersOptions extends TournamentOptions {
  /** The command, as it was typed. */
  readonly command: string;
  readonly json: string | undefined;
  /** Cells of earlier runs, which this one completes. */
  readonly with: readonly string[];
  readonly write: string | undefined;
}

/** Plays the faults on ours and on its peers, and writes the table. */
export async function comparePeers({ command, json, write, ...options }: PeersOptions): Promise<void> {
  const print = (lines: readonly string[]) => process.stdout.write(`${lines.join('\n')}\n`);
  const played = await playAll(options, ({ fault, entry, score, reason, error }) =>
    print([
      `${entry}, ${fault}: ${score ? `${scoreText(score)} of ${score.submissions}` : `${reason} ${error ?? ''}`}`,
    ]),
  );
  const cells = inOrder([...(await earlier(options.with)), ...played]);
  const entries = ENTRIES.filter((entry) => cells.some((cell) => cell.entry === entry.name));
  const versions = await versionsOf(entries);
  const { seed, ratePerSecond } = options;
  print(['', ...textTable(entryTable(entries, versions)), '', ...textTable(faultTable(entries, cells))]);
  if (json !== undefined) {
    const found = { seed, ratePerSecond, versions: Object.fromEntries(versions), cells };
    await writeFile(json, `${JSON.stringify(found, undefined, 2)}\n`);
  }
  if (write !== undefined) {
    const lines = sectionLines(command, entries, versions, cells);
    await writeFile(write, replaceSection(await readFile(write, 'utf8'), MARKER, lines));
  }
}

/** Of the same fault on the same queue, the last one counts. */
function inOrder(cells: readonly Cell[]): Cell[] {
  return PEER_FAULTS.flatMap(({ name }) =>
    ENTRIES.flatMap((entry) => {
      const last = cells.findLast((cell) => cell.fault === name && cell.entry === entry.name);
      return last ? [last] : [];
    }),
  );
}

async function earlier(files: readonly string[]): Promise<Cell[]> {
  const found = await Promise.all(
    files.map(async (file): Promise<{ cells: Cell[] }> => JSON.parse(await readFile(file, 'utf8'))),
  );
  return found.flatMap((one) => one.cells);
}
