import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { freePort, waitFor } from '@spillway/devstack';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { optionTables, reference } from '../scripts/reference.ts';
import { startStores } from './support.ts';
import type { Stack } from './support.ts';

/*
 * The package as others get it: packed, installed by npm into an empty project outside the workspace, and its README's own
 * examples run there, on each Node that it names.
 */

const PACKAGE = join(import.meta.dirname, '..');
const REPOSITORY = join(PACKAGE, '..', '..');
/** The least that `engines` names. */
const NODE_22 = '22.12.0';
/** A preview of the next Drizzle, which works in another way. */
const DRIZZLE_NEXT = '1.0.0-rc.5-ab785fc';
const run = promisify(execFile);

let stack: Stack;
let project: string;
let tarball: Buffer;
let node22: string;

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'spillway-package-'));
  [stack, tarball, node22] = await Promise.all([startStores(), packAndInstall(), findNode22()]);
});

afterAll(async () => {
  await stack[Symbol.asyncDispose]();
  await rm(project, { recursive: true, force: true });
});

async function packAndInstall(): Promise<Buffer> {
  await run('pnpm', ['pack', '--pack-destination', project], { cwd: PACKAGE, env: plainEnv() });
  const [file = ''] = (await readdir(project)).filter((name) => name.endsWith('.tgz'));
  await writeFile(join(project, 'package.json'), '{ "private": true, "type": "module" }');
  const wanted = await installed();
  await npm(
    project,
    wanted.map((name) => (name === '@spillway/queue' ? `./${file}` : name)),
  );
  for (const [name, text] of await examples()) await writeFile(join(project, name), text);
  return readFile(join(project, file));
}

/** As the toolchain gets its Node: from npm, once, into `.toolchain`. */
async function findNode22(): Promise<string> {
  const name = `node-${process.platform}-${process.arch}`;
  const folder = join(REPOSITORY, '.toolchain', `node-${NODE_22}`);
  const binary = join(folder, 'node_modules', name, 'bin', 'node');
  if (existsSync(binary)) return binary;
  await mkdir(join(REPOSITORY, '.toolchain'), { recursive: true });
  const temporary = await mkdtemp(`${folder}-`);
  await writeFile(join(temporary, 'package.json'), '{ "private": true }');
  await npm(temporary, ['--ignore-scripts', `${name}@${NODE_22}`]);
  // Whoever was faster has put the same there.
  await rename(temporary, folder).catch(() => rm(temporary, { recursive: true, force: true }));
  return binary;
}

async function npm(cwd: string, args: readonly string[]): Promise<void> {
  const quiet = ['--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
  await run('npm', ['install', ...quiet, ...args], { cwd, env: plainEnv() });
}

/** Without what pnpm notes for the scripts that it runs: npm would take it for settings. */
function plainEnv(): NodeJS.ProcessEnv {
  const kept = /^npm_config_(registry|cache|userconfig|(https?_|no)?proxy|ca|cafile|strict_ssl)$/i;
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm|pnpm)_/i.test(name) || kept.test(name)),
  );
}

async function manifestOf(folder: string): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Record<string, unknown>;
}

/** What the README has one install, for itself and for its examples. */
async function installed(): Promise<string[]> {
  const readme = await readFile(join(PACKAGE, 'README.md'), 'utf8');
  return [...readme.matchAll(/^npm install (.+)$/gm)].flatMap(([, names = '']) => names.split(' '));
}

/** The README's code blocks that have a title, by that. */
async function examples(): Promise<[name: string, text: string][]> {
  const readme = await readFile(join(PACKAGE, 'README.md'), 'utf8');
  return [...readme.matchAll(/^```[jt]s title=(\S+)\n(.*?)^```$/gms)].map(([, name = '', text = '']) => [
    name,
    text,
  ]);
}

/** Runs an example, on a database of its own. */
async function start(node: string, example: string, env: Record<string, string> = {}, folder = project) {
  const child = spawn(
    node,
    ['--no-warnings', ...(node === node22 ? ['--experimental-strip-types'] : []), example],
    {
      cwd: folder,
      env: {
        PATH: process.env['PATH'],
        REDIS_URL: stack.redis.url,
        DATABASE_URL: await stack.postgres.createDatabase(),
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (text += String(data)));
  onTestFinished(() => void child.kill('SIGKILL'));
  return { child, output: () => text };
}

async function ends(child: ChildProcess): Promise<number | NodeJS.Signals | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode ?? child.signalCode;
}

describe('the tarball', () => {
  it('has nothing that publint or Are The Types Wrong would mend', async () => {
    const pack = { tarball: new Uint8Array(tarball).buffer };
    const { messages, pkg } = await publint({ pack, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
    const checked = await checkPackage(createPackageFromTarballData(new Uint8Array(tarball)));
    // CommonJS gets at it by require(esm), which every Node that it is for has.
    const problems = ('problems' in checked ? checked.problems : []).filter(
      ({ kind }) => kind !== 'CJSResolvesToESM',
    );
    expect(checked.types).toMatchObject({ kind: 'included' });
    expect(problems).toEqual([]);
  });

  it('carries what it needs and no more', async () => {
    const folder = join(project, 'node_modules', '@spillway', 'queue');
    const files = (await readdir(folder)).toSorted();
    expect(files).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'dist', 'docs', 'package.json']);
    const manifest = await manifestOf(folder);
    const range = expect.stringMatching(/^\^\d+\.\d+\.\d+$/);
    expect(manifest['dependencies']).toEqual({
      '@standard-schema/spec': range,
      '@types/pg': range,
      ioredis: range,
      pg: range,
    });
    expect(manifest['peerDependencies']).toEqual({ 'drizzle-orm': '>=0.44.0 <0.46.0' });
    expect(manifest).not.toHaveProperty('devDependencies');
    expect(manifest).not.toHaveProperty('scripts');
    expect(await readFile(join(folder, 'CHANGELOG.md'), 'utf8')).toContain(
      `## ${String(manifest['version'])}`,
    );
  });

  it('has types by which its examples compile', async () => {
    await symlink(
      join(REPOSITORY, 'node_modules', '@types', 'node'),
      join(project, 'node_modules', '@types', 'node'),
    ).catch(() => 'npm brought it with the types of pg');
    const options = [
      '--noEmit',
      '--strict',
      '--skipLibCheck',
      '--allowJs',
      '--checkJs',
      '--module',
      'nodenext',
      '--target',
      'es2024',
      '--types',
      'node',
    ];
    const names = (await examples()).map(([name]) => name);
    const tsc = join(REPOSITORY, 'node_modules', '.bin', 'tsc');
    const { stdout } = await run(tsc, [...options, ...names], { cwd: project }).catch(
      (error: { stdout: string }) => error,
    );
    expect(stdout).toBe('');
  });
});

describe.each(['22', '24'])('the README’s examples on Node %s', (major) => {
  const node = () => (major === '22' ? node22 : process.execPath);

  it('are run on that Node', async () => {
    expect((await run(node(), ['--version'])).stdout).toMatch(new RegExp(`^v${major}\\.`));
  });

  it('adopt it: accepted, processed, and gone after a SIGTERM', async () => {
    const { child, output } = await start(node(), 'quickstart.mjs');
    await waitFor(() => /^processed .* \{ sku: 'A1' \}$/m.test(output())).catch(() => expect.fail(output()));
    expect(output()).toMatch(/^accepted \S+ (redis|postgres) disk$/m);
    child.kill('SIGTERM');
    expect(await ends(child)).toBe(0);
  });

  it('in a transaction, later, refused; and the script ends by itself', async () => {
    const { child, output } = await start(node(), 'script.ts');
    expect(await ends(child), output()).toBe(0);
    expect(output()).toMatch(/^committed waiting$/m);
    expect(output()).toMatch(/^scheduled scheduled$/m);
    expect(output()).toMatch(/^refused \[\s+\{\s+field: 'sku',\s+message: '.+'\s+\}\s+\]$/m);
  });

  it('in a server, which ends when it is told to', async () => {
    const port = String(await freePort());
    const { child, output } = await start(node(), 'server.ts', { PORT: port });
    await waitFor(() => output().includes('listening')).catch(() => expect.fail(output()));
    const send = (body: string) =>
      fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body, headers: { connection: 'close' } });
    expect(await (await send('{"sku":"A1"}')).json()).toMatchObject({ keeps: 'disk' });
    expect((await send('{')).status).toBe(400);
    expect((await send(JSON.stringify('x'.repeat(300_000)))).status).toBe(413);
    child.kill('SIGTERM');
    expect(await ends(child)).toBe(0);
  });
});

/** As the README begins: an empty folder, `npm init -y` (CommonJS), and what others install with. */
async function emptyProject(): Promise<{ folder: string; env: NodeJS.ProcessEnv }> {
  const folder = await mkdtemp(join(tmpdir(), 'spillway-installed-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await run('npm', ['init', '-y'], { cwd: folder, env: plainEnv() });
  const [, text = ''] = (await examples()).find(([name]) => name === 'quickstart.mjs') ?? [];
  await writeFile(join(folder, 'quickstart.mjs'), text);
  return { folder, env: plainEnv() };
}

const tarballPath = async () =>
  join(project, (await readdir(project)).find((name) => name.endsWith('.tgz')) ?? '');

describe('an empty project, with other installers and the least Node', () => {
  it.each([
    ['npm', ['install', '--no-audit', '--no-fund', '--prefer-offline'], '0.45'],
    ['npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', '--legacy-peer-deps'], '0.44'],
    ['pnpm', ['add', '--prefer-offline'], '0.45'],
    ['npx', ['--yes', 'yarn@1.22.22', 'add', '--silent'], '0.45'],
  ] as const)('runs the quickstart: %s %j with drizzle-orm %s', async (installer, args, drizzle) => {
    const { folder, env } = await emptyProject();
    await run(installer, [...args, await tarballPath(), `drizzle-orm@${drizzle}`], { cwd: folder, env });
    expect(existsSync(join(folder, 'node_modules', '@opentelemetry', 'api'))).toBe(false);
    const { child, output } = await start(node22, 'quickstart.mjs', {}, folder);
    await waitFor(() => /^processed .* \{ sku: 'A1' \}$/m.test(output())).catch(() => expect.fail(output()));
    child.kill('SIGTERM');
    expect(await ends(child), output()).toBe(0);
  });

  it('is told in words that Drizzle 1.0 is not supported', async () => {
    const { folder, env } = await emptyProject();
    const args = ['install', '--no-audit', '--no-fund', '--prefer-offline', '--legacy-peer-deps'];
    await run('npm', [...args, await tarballPath(), `drizzle-orm@${DRIZZLE_NEXT}`], { cwd: folder, env });
    const { child, output } = await start(node22, 'quickstart.mjs', {}, folder);
    expect(await ends(child)).toBe(1);
    expect(output()).toContain(`InvalidOptionsError: drizzle-orm 1.0.0-rc.5`);
    expect(output()).toContain('Install drizzle-orm@0.45');
  });
});

describe('what is generated from the docstrings', () => {
  it('is as they say: pnpm --filter @spillway/queue reference', async () => {
    const declarations = await readFile(join(PACKAGE, 'dist', 'index.d.ts'), 'utf8');
    expect(await readFile(join(PACKAGE, 'docs', 'api.md'), 'utf8')).toBe(reference(declarations));
    expect(await readFile(join(PACKAGE, 'README.md'), 'utf8')).toContain(optionTables(declarations));
  });

  it('leaves out nothing that is exported', async () => {
    const index = await readFile(join(PACKAGE, 'src', 'index.ts'), 'utf8');
    const names = [...index.matchAll(/^export (?:type )?\{([^}]*)\}/gm)].flatMap(([, list = '']) =>
      list.split(',').flatMap((name) => name.trim() || []),
    );
    const headings = (await readFile(join(PACKAGE, 'docs', 'api.md'), 'utf8')).matchAll(/^### (\w+)$/gm);
    expect(new Set([...headings].map(([, name]) => name))).toEqual(new Set(names));
    expect(names).toContain('REDIS_ADDRESSES');
  });
});
