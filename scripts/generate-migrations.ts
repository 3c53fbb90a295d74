import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

// After a change of a package's schema, from its folder: drizzle-kit writes the next migration, and a TypeScript module
// gets all of them, since bundles take code along and would leave loose SQL files behind.
const target = process.argv[2];
if (target === undefined)
  throw new Error('usage: node ../../scripts/generate-migrations.ts <module to write> [drizzle-kit options]');

execFileSync('drizzle-kit', ['generate', ...process.argv.slice(3)], { stdio: 'inherit' });
const journal: { entries: { tag: string }[] } = JSON.parse(
  await readFile('migrations/meta/_journal.json', 'utf8'),
);
const migrations = [];
for (const { tag } of journal.entries) {
  const text = await readFile(join('migrations', `${tag}.sql`), 'utf8');
  migrations.push({
    name: tag,
    statements: text.split('--> statement-breakpoint').map((part) => part.trim()),
  });
}
const lines = [
  '// Generated from migrations/ by `pnpm generate` in this package. Do not edit.',
  '',
  'export const migrations: readonly { readonly name: string; readonly statements: readonly string[] }[] =',
  `${JSON.stringify(migrations, null, 2)};`,
  '',
];
await writeFile(target, lines.join('\n'));
execFileSync('oxfmt', [target], { stdio: 'inherit' });
