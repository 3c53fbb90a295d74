import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/*
 * The reference of the package and the README's tables of options, from the docstrings of its built declarations. Those are one
 * file, printed by the compiler: declarations begin in the first column, members after two spaces, and what is exported is named
 * in the last line or at its declaration. (docs/adr/0014-the-package-that-others-install.md says why no tool does this.)
 */

const PACKAGE = join(import.meta.dirname, '..');
const OPTIONS = /(?<=<!-- options: .* -->\n)[^]*?(?=<!-- \/options -->)/;
const DECLARATION =
  /^(?:\/\*\*(?<doc>(?:(?!\*\/)[^])*)\*\/\n)?(?<code>(?:export )?(?:declare )?(?:interface|type|function|class|const) (?<name>\w+)(?:.*;$|[^]*?(?:^[})].*;$|^\}$)))/gm;
const MEMBER = /^ {2}\/\*\*(?<doc>(?:(?!\*\/)[^])*)\*\/\n {2}(?:readonly )?(?<name>\w+)\??: /gm;

interface Declaration {
  readonly name: string;
  readonly doc: string;
  readonly code: string;
}

/** Everything exported: values first, each with its docstring and its declaration. */
export function reference(declarations: string): string {
  const found = exported(declarations);
  const isValue = ({ code }: Declaration) => /^(?:export )?declare (?:function|class|const)/.test(code);
  const section = (title: string, ones: readonly Declaration[]) => [
    `## ${title}`,
    ...[...byName(ones)].map(entry),
  ];
  const head =
    '<!-- Generated from the docstrings: pnpm --filter @spillway/queue reference -->\n\n# Reference of @spillway/queue';
  const values = section('Functions, constants and errors', found.filter(isValue));
  const types = section(
    'Types',
    found.filter((one) => !isValue(one)),
  );
  return `${[head, ...values, ...types].join('\n\n')}\n`;
}

/** The options of a queue and of a worker, with what their docstrings say. */
export function optionTables(declarations: string): string {
  const found = exported(declarations);
  return ['QueueOptions', 'WorkerOptions']
    .map((name) => {
      const code = found.find((one) => one.name === name)?.code ?? '';
      const rows = [...code.matchAll(MEMBER)].map(
        ({ groups }) => `| \`${groups?.['name']}\` | ${words(groups?.['doc'])} |`,
      );
      return `\`${name}\`:\n\n| option | meaning and default |\n|---|---|\n${rows.join('\n')}\n`;
    })
    .join('\n');
}

function exported(declarations: string): Declaration[] {
  const last = /^export \{(.*)\}|^export type \{(.*)\}/m.exec(declarations);
  const names = new Set((last?.[1] ?? last?.[2] ?? '').split(',').map((name) => name.trim()));
  const all = [...declarations.matchAll(DECLARATION)].map(({ groups }) => ({
    name: groups?.['name'] ?? '',
    doc: words(groups?.['doc']),
    code: groups?.['code'] ?? '',
  }));
  return all.filter(({ name, code }) => names.has(name) || code.startsWith('export '));
}

function byName(ones: readonly Declaration[]): Map<string, Declaration[]> {
  return Map.groupBy(
    ones.toSorted((a, b) => a.name.localeCompare(b.name, 'en')),
    ({ name }) => name,
  );
}

function entry([name, ones]: [string, Declaration[]]): string {
  const docs = [...new Set(ones.map(({ doc }) => doc).filter(Boolean))];
  const code = ones.map((one) => one.code.replace(/^export (?:declare )?|^declare /, '')).join('\n');
  return [`### ${name}`, ...docs, `\`\`\`ts\n${code}\n\`\`\``].join('\n\n');
}

function words(doc = ''): string {
  return doc
    .replaceAll(/^\s*\* ?/gm, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

if (import.meta.main) {
  const declarations = await readFile(join(PACKAGE, 'dist', 'index.d.ts'), 'utf8');
  await writeFile(join(PACKAGE, 'docs', 'api.md'), reference(declarations));
  const readme = await readFile(join(PACKAGE, 'README.md'), 'utf8');
  await writeFile(
    join(PACKAGE, 'README.md'),
    readme.replace(OPTIONS, () => optionTables(declarations)),
  );
}
