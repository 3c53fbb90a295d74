// `pnpm check:dependencies`: what comes from others is pinned to its content, and none of it is known to be dangerous.
import { execFile } from 'node:child_process';
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { stripControl } from '@spillway/terminal';
import { findFaults, findToolchainFaults } from './lib/dependencies.ts';
import type { Manifest } from './lib/dependencies.ts';

/** For the registry's answer. Without a network the check goes on without it. */
const AUDIT_MS = 15_000;

const repository = join(import.meta.dirname, '..');
const read = (path: string) => readFile(join(repository, path), 'utf8');

async function pins(): Promise<string[]> {
  const places = ['package.json', '{bench,chaos}/package.json', '{apps,packages}/*/package.json'];
  const paths: string[] = [];
  for await (const path of glob(places, { cwd: repository })) paths.push(path);
  const manifests = await Promise.all(
    paths.map(async (path): Promise<Manifest> => JSON.parse(await read(path))),
  );
  const faults = findFaults({
    workspace: await read('pnpm-workspace.yaml'),
    lockfile: await read('pnpm-lock.yaml'),
    manifests,
  });
  const toolchain = findToolchainFaults({
    manifest: JSON.parse(await read('scripts/toolchain/package.json')),
    lockfile: JSON.parse(await read('scripts/toolchain/package-lock.json')),
  });
  return [...faults, ...toolchain];
}

interface Audit {
  readonly advisories: Record<
    string,
    { readonly module_name: string; readonly title: string; readonly url: string }
  >;
}

/** Known weaknesses of what runs in production, from `high` on. Where the registry gives no answer, it says so and finds none. */
async function audit(): Promise<string[]> {
  const args = ['audit', '--prod', '--audit-level=high', '--json'];
  const { stdout } = await promisify(execFile)('pnpm', args, { cwd: repository, timeout: AUDIT_MS }).catch(
    // With findings it exits with 1, and has said them all the same.
    (error: unknown) => ({ stdout: String(Object(error).stdout ?? '') }),
  );
  const report = parseAudit(stdout);
  if (!report) {
    console.log('Known weaknesses were not looked up: the registry gave no answer to `pnpm audit`.');
    return [];
  }
  return Object.values(report.advisories).map(
    ({ module_name: name, title, url }) => `${name} has a known weakness: ${title} (${url})`,
  );
}

function parseAudit(text: string): Audit | undefined {
  try {
    const value: Partial<Audit> | null = JSON.parse(text);
    return value?.advisories ? { advisories: value.advisories } : undefined;
  } catch {
    return undefined;
  }
}

const faults = [...(await pins()), ...(await audit())];
for (const fault of faults) console.error(stripControl(fault));
if (faults.length > 0) process.exitCode = 1;
