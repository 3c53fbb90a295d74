import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { Toolchain, hasGlibc } from '../lib/toolchain.mjs';

const run = promisify(execFile);
const PLATFORM = `${process.platform}-${process.arch}${process.platform === 'linux' && !hasGlibc() ? '-musl' : ''}`;
const NAME = `@pnpm/exe.${PLATFORM}`;
const VERSION = '1.0.0';

/** A registry with one package: a program, and a script that would run when it is installed. */
async function startRegistry(folder: string) {
  const source = join(folder, 'source');
  await mkdir(source);
  const scripts = { postinstall: `touch ${join(folder, 'ran')}` };
  await writeFile(join(source, 'package.json'), JSON.stringify({ name: NAME, version: VERSION, scripts }));
  await writeFile(join(source, 'pnpm'), '#!/bin/sh\necho it runs\n');
  await chmod(join(source, 'pnpm'), 0o755);
  await run('npm', ['pack', '--pack-destination', folder], { cwd: source });
  const [tarball = ''] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
  const content = await readFile(join(folder, tarball));
  const server = createServer((request, response) => {
    if (request.url?.endsWith('.tgz')) return void response.end(content);
    const dist = { tarball: `${url}/package.tgz`, integrity: integrityOf(content) };
    response.end(
      JSON.stringify({ name: NAME, versions: { [VERSION]: { name: NAME, version: VERSION, dist } } }),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  return { url, integrity: integrityOf(content) };
}

function integrityOf(content: Uint8Array): string {
  return `sha512-${createHash('sha512').update(content).digest('base64')}`;
}

async function prepare(change: (integrity: string) => string) {
  const folder = await mkdtemp(join(tmpdir(), 'spillway-toolchain-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const { url, integrity } = await startRegistry(folder);
  const [pinned, target] = [join(folder, 'pinned'), join(folder, 'target')];
  await Promise.all([mkdir(pinned), mkdir(target)]);
  const optionalDependencies = { [NAME]: VERSION };
  const entry = { version: VERSION, integrity: change(integrity), optional: true, hasInstallScript: true };
  await writeFile(join(pinned, 'package.json'), JSON.stringify({ private: true, optionalDependencies }));
  await writeFile(
    join(pinned, 'package-lock.json'),
    JSON.stringify({
      lockfileVersion: 3,
      requires: true,
      packages: { '': { optionalDependencies }, [`node_modules/${NAME}`]: entry },
    }),
  );
  const toolchain = new Toolchain(target, { withNode: false, pinned });
  const env = { ...process.env, npm_config_registry: url, npm_config_cache: join(folder, 'cache') };
  return { folder, toolchain, env };
}

test('a package with the pinned content is installed, and none of its scripts runs', async () => {
  const { folder, toolchain, env } = await prepare((integrity) => integrity);
  expect(toolchain.isReady).toBe(false);
  await toolchain.install(env);
  expect(toolchain.isReady).toBe(true);
  const { stdout } = await run(join(toolchain.bin, 'pnpm'), []);
  expect(stdout).toBe('it runs\n');
  expect(await readdir(folder)).not.toContain('ran');
});

test('a package with other content is refused, and does not count as installed', async () => {
  const { toolchain, env } = await prepare(() => integrityOf(Buffer.from('something else')));
  await expect(toolchain.install(env)).rejects.toThrow('content that is pinned');
  expect(toolchain.isReady).toBe(false);
});
