import { readFile, writeFile } from 'node:fs/promises';

/** Replaces the text between `<!-- bench:name -->` and `<!-- /bench:name -->`. Throws if the markers are missing. */
export function replaceSection(document: string, name: string, lines: readonly string[]): string {
  const begin = `<!-- bench:${name} -->`;
  const end = `<!-- /bench:${name} -->`;
  const from = document.indexOf(begin);
  const to = document.indexOf(end);
  if (from < 0 || to < from) throw new Error(`There is no section ${begin} … ${end} to write to.`);
  return `${document.slice(0, from + begin.length)}\n\n${lines.join('\n')}\n\n${document.slice(to)}`;
}

/** The same in a file, for several sections. */
export async function writeSections(
  file: string,
  sections: Readonly<Record<string, readonly string[]>>,
): Promise<void> {
  let document = await readFile(file, 'utf8');
  for (const [name, lines] of Object.entries(sections)) document = replaceSection(document, name, lines);
  await writeFile(file, document);
}
