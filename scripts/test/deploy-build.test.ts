import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const REPOSITORY = join(import.meta.dirname, '../..');
const STANDALONE = '.next/standalone';

test('the Dockerfile copies files that the build really creates', async () => {
  const dockerfile = await readFile(join(REPOSITORY, 'deploy/Dockerfile'), 'utf8');
  const copied = [...dockerfile.matchAll(/^COPY --from=\S+ \/spillway\/(\S+)/gm)].map(([, path]) => path);
  expect(copied).toHaveLength(3);
  for (const path of copied) await access(join(REPOSITORY, String(path)));
  await access(join(REPOSITORY, 'apps/web', STANDALONE, 'apps/web/server.js'));
  await access(join(REPOSITORY, 'apps/worker/dist/main.js'));
});
