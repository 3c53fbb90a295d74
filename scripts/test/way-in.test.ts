import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { globSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { placesOf, setOwner } from '../lib/owner.ts';

// What a contributor meets first. The workflows cannot be run here: what follows is what can be known of them without GitHub.

const REPOSITORY = join(import.meta.dirname, '../..');
const read = (path: string) => readFile(join(REPOSITORY, path), 'utf8');

interface Step {
  readonly uses?: string;
  readonly run?: string;
}

interface Workflow {
  readonly jobs: Record<string, { readonly steps: readonly Step[]; readonly 'timeout-minutes'?: number }>;
  readonly permissions?: Record<string, string>;
}

interface Manifest {
  readonly name: string;
  readonly scripts?: Record<string, string>;
  readonly packageManager?: string;
  readonly private?: boolean;
  readonly repository: { readonly url: string; readonly directory?: string };
  readonly homepage: string;
  readonly bugs: string;
}

const root: Manifest = JSON.parse(await read('package.json'));
const workflows = await Promise.all(
  globSync('.github/workflows/*.yml', { cwd: REPOSITORY }).map(async (path): Promise<[string, Workflow]> => [
    path,
    parse(await read(path)),
  ]),
);

describe('the workflows', () => {
  test('only call scripts of this repository', () => {
    for (const [path, { jobs }] of workflows) {
      for (const { run } of Object.values(jobs).flatMap(({ steps }) => steps)) {
        if (run === undefined) continue;
        const [, script = ''] = /^(?:pnpm|npm) ([\w:]+)$/.exec(run) ?? [];
        expect(root.scripts, `${path}: ${run}`).toHaveProperty([script]);
      }
    }
  });

  test('have only read access, and a time limit', () => {
    for (const [path, { permissions, jobs }] of workflows) {
      expect(permissions, path).toEqual({ contents: 'read' });
      for (const [name, job] of Object.entries(jobs))
        expect(job['timeout-minutes'], `${path}: ${name}`).toBeGreaterThan(0);
    }
  });

  test('check, and run every lane', async () => {
    const ci = workflows.find(([path]) => path.endsWith('/ci.yml'))?.[1];
    expect(Object.keys(ci?.jobs ?? {}).toSorted()).toEqual(['browser', 'check', 'slow', 'stores', 'unit']);
  });
});

test('the versions of Node and pnpm are the same in every file', async () => {
  const toolchain: { readonly optionalDependencies: Readonly<Record<string, string>> } = JSON.parse(
    await read('scripts/toolchain/package.json'),
  );
  const versionsOf = (start: string) =>
    new Set(
      Object.entries(toolchain.optionalDependencies).flatMap(([name, version]) =>
        name.startsWith(start) ? [version] : [],
      ),
    );
  expect(versionsOf('node-')).toEqual(new Set([(await read('.nvmrc')).trim()]));
  const [pnpmVersion, ...others] = versionsOf('@pnpm/exe.');
  expect(others).toEqual([]);
  const pnpm = `pnpm@${pnpmVersion}`;
  expect(root.packageManager).toBe(pnpm);
  for (const path of ['.github/actions/setup/action.yml', '.devcontainer/devcontainer.json'])
    expect(await read(path)).toContain(`npm install --global ${pnpm}`);
});

describe('where the repository is published', () => {
  test('is in every package, with its folder', async () => {
    const base = root.repository.url.replace(/^git\+|\.git$/g, '');
    for (const path of placesOf(REPOSITORY).filter((one) => one.endsWith('package.json'))) {
      const { repository, homepage, bugs }: Manifest = JSON.parse(await read(path));
      const folder = dirname(path);
      const directory = folder === '.' ? {} : { directory: folder };
      expect(repository, path).toEqual({ type: 'git', url: root.repository.url, ...directory });
      expect(homepage, path).toBe(folder === '.' ? `${base}#readme` : `${base}/tree/main/${folder}#readme`);
      expect(bugs, path).toBe(`${base}/issues`);
    }
  });

  test('is set everywhere by one command, and can be set again', async () => {
    const copy = await mkdtemp(join(tmpdir(), 'spillway-owner-'));
    onTestFinished(() => rm(copy, { recursive: true, force: true }));
    for (const path of placesOf(REPOSITORY)) await cp(join(REPOSITORY, path), join(copy, path));
    const before = new Map<string, string>();
    for (const path of placesOf(copy)) before.set(path, await readFile(join(copy, path), 'utf8'));

    const changed = await setOwner(copy, 'some-owner', 'queue');
    expect(changed).toContain('packages/queue/package.json');
    expect(changed).toContain('.github/ISSUE_TEMPLATE/config.yml');
    expect(await readFile(join(copy, 'package.json'), 'utf8')).toContain(
      '"url": "git+https://github.com/some-owner/queue.git"',
    );
    expect(await setOwner(copy, 'some-owner', 'queue')).toEqual([]);

    const [, owner = '', name = ''] = /github\.com\/([^/]+)\/(.+)\.git$/.exec(root.repository.url) ?? [];
    await setOwner(copy, owner, name);
    for (const [path, text] of before) expect(await readFile(join(copy, path), 'utf8'), path).toBe(text);
  });

  test.each(['', '-a', 'a b', 'a/b', '../x', 'a--b'])(
    'is not set to %j, which GitHub does not allow',
    async (owner) => {
      await expect(setOwner(REPOSITORY, owner)).rejects.toThrow(/is not the name of a GitHub account/);
    },
  );
});
