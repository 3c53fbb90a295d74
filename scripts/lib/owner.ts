import { readFile, writeFile } from 'node:fs/promises';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from './steps.mjs';

/** Everything that names where this repository is published. */
const PLACES = [
  'package.json',
  '{apps,packages}/*/package.json',
  '{bench,chaos}/package.json',
  '.github/**/*.yml',
];
const ADDRESS = /(?<=github\.com\/)[\w.-]+\/[\w.-]+?(?=\.git\b|[/#"\s]|$)/g;
/** What GitHub allows as the name of an account. */
const OWNER = /^[a-z\d](?:[a-z\d]|-(?=[a-z\d])){0,38}$/i;
const REPOSITORY = /^[\w.-]{1,100}$/;

/** The files that name this repository, from `root`. */
export function placesOf(root: string): string[] {
  return PLACES.flatMap((pattern) =>
    globSync(pattern, { cwd: root, exclude: (path) => path.includes('node_modules') }),
  ).toSorted();
}

/**
 * Writes the new owner, and the new name if one is given, wherever the present ones stand. Returns the files that changed.
 * Throws a `Failure` where GitHub would allow no such name.
 */
export async function setOwner(root: string, owner: string, name?: string): Promise<string[]> {
  if (!OWNER.test(owner)) throw new Failure(`${JSON.stringify(owner)} is not the name of a GitHub account.`);
  if (name !== undefined && !REPOSITORY.test(name))
    throw new Failure(`${JSON.stringify(name)} is not the name of a repository.`);
  const present = await presentAddress(root);
  const next = `${owner}/${name ?? present.split('/')[1]}`;
  const changed: string[] = [];
  for (const path of placesOf(root)) {
    const before = await readFile(join(root, path), 'utf8');
    const after = before.replaceAll(ADDRESS, (address) => (address === present ? next : address));
    if (after === before) continue;
    await writeFile(join(root, path), after);
    changed.push(path);
  }
  return changed;
}

/** "owner/name", as the root's package.json says. */
async function presentAddress(root: string): Promise<string> {
  const manifest: { repository: { url: string } } = JSON.parse(
    await readFile(join(root, 'package.json'), 'utf8'),
  );
  const [address] = manifest.repository.url.match(ADDRESS) ?? [];
  if (address === undefined) throw new Failure('package.json names no repository on GitHub.');
  return address;
}
