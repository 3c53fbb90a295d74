// `npm run spillway -- status`: the command line, on the stores of the environment, else on those of the system that runs here.
import { join, resolve } from 'node:path';
import { readStackState } from '@spillway/devstack';

const root = resolve(process.env['SPILLWAY_ROOT'] || join(import.meta.dirname, '..', '.spillway'));

if (!process.env['DATABASE_URL']) {
  const running = await readStackState(root);
  if (running) {
    process.stderr.write('Using the local stores that run here (npm start, or pnpm turbo dev).\n');
    process.env['DATABASE_URL'] = running.databaseUrl;
    if (running.redisUrl) process.env['REDIS_URL'] ||= running.redisUrl;
  }
}
await import('@spillway/cli');
