import { Command } from 'commander';
import { migrate } from '@spillway/db';
import { migrate as migrateQueue } from '@spillway/queue';
import type { Cli } from '../cli.ts';
import { postgresOf } from '../house.ts';
import { examples, withJson } from '../options.ts';
import { duration } from '../words.ts';

export function migrateCommand(cli: Cli): Command {
  const command = new Command('migrate').description(
    'create or update the tables; web and worker do this at their start too, if their role may',
  );
  return withJson(command)
    .addHelpText('after', examples(['migrate', 'safe at any time, also several at once']))
    .action(async ({ json }: { readonly json?: boolean }) => {
      const url = cli.env.SPILLWAY_MIGRATION_URL ?? postgresOf(cli.env);
      const startedMs = performance.now();
      await migrateQueue(url, { schema: cli.env.SPILLWAY_SCHEMA });
      await migrate(url);
      const tookMs = Math.round(performance.now() - startedMs);
      if (json) cli.out.json({ migrated: true, tookMs });
      else cli.out.print(`The tables are up to date (${duration(tookMs)}).`);
    });
}
