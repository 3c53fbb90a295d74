// `node scripts/set-owner.ts OWNER [NAME]`: the GitHub account, and if need be the name, under which this repository is published.
import { join } from 'node:path';
import { setOwner } from './lib/owner.ts';
import { Failure, report } from './lib/steps.mjs';

const [owner, name, ...rest] = process.argv.slice(2);
try {
  if (owner === undefined || rest.length > 0)
    throw new Failure('Usage: node scripts/set-owner.ts OWNER [NAME]');
  const changed = await setOwner(join(import.meta.dirname, '..'), owner, name);
  console.log(changed.length === 0 ? 'Nothing changed.' : changed.join('\n'));
} catch (error) {
  report(error);
}
