import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { unpackDebian } from '../src/debian-package.ts';
import { temporaryFolder } from './helpers.ts';

const run = promisify(execFile);
const hasApt = ['apt-get', 'dpkg-deb'].every((name) => spawnSync(name, ['--version']).status === 0);
const NAME = 'spillway-harmless';

/** A repository that nobody signed, and a machine that is told to take that. */
async function unsignedRepository(): Promise<string> {
  const folder = await temporaryFolder();
  const control = `Package: ${NAME}\nVersion: 1.0\nArchitecture: all\nMaintainer: t <t@example.org>\nDescription: nothing\n`;
  for (const path of ['pkg/DEBIAN', 'lists/partial', 'cache/archives/partial', 'got'])
    await mkdir(join(folder, path), { recursive: true });
  await writeFile(join(folder, 'pkg/DEBIAN/control'), control);
  await run('dpkg-deb', ['-b', join(folder, 'pkg'), join(folder, `${NAME}.deb`)]);
  const content = await readFile(join(folder, `${NAME}.deb`));
  const hash = createHash('sha256').update(content).digest('hex');
  await writeFile(
    join(folder, 'Packages'),
    `${control}Filename: ./${NAME}.deb\nSize: ${content.length}\nSHA256: ${hash}\n`,
  );
  await writeFile(join(folder, 'sources.list'), `deb file:${folder} ./\n`);
  const settings = {
    'Dir::Etc::sourcelist': join(folder, 'sources.list'),
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::State::Lists': join(folder, 'lists'),
    'Dir::Cache': join(folder, 'cache'),
    'APT::Sandbox::User': 'root',
    'APT::Get::AllowUnauthenticated': 'true',
    'Acquire::AllowInsecureRepositories': 'true',
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} "${value}";\n`);
  await writeFile(join(folder, 'apt.conf'), lines.join(''));
  process.env['APT_CONFIG'] = join(folder, 'apt.conf');
  onTestFinished(() => void delete process.env['APT_CONFIG']);
  return folder;
}

test.runIf(hasApt)(
  'an unsigned package is refused, even if the machine is configured to accept it',
  async () => {
    const folder = await unsignedRepository();
    await run('apt-get', ['update'], { cwd: folder });
    await run('apt-get', ['download', NAME], { cwd: join(folder, 'got') });
    expect(await readdir(join(folder, 'got'))).toHaveLength(1);

    const program = { name: NAME, packages: [NAME], path: 'usr/bin/true' } as const;
    await expect(unpackDebian(join(folder, 'unpacked'), program)).rejects.toThrow();
    expect(await readdir(folder)).not.toContain('unpacked');
  },
);
