import tab from '@bomb.sh/tab/commander';
import { Command } from 'commander';
import manifest from '../package.json' with { type: 'json' };
import type { Cli } from './cli.ts';
import { discardCommand, retryCommand } from './commands/decide.ts';
import { doctorCommand } from './commands/doctor.ts';
import { backlogCommand, deadCommand } from './commands/lists.ts';
import { exportCommand } from './commands/export.ts';
import { loadCommand } from './commands/load.ts';
import { migrateCommand } from './commands/migrate.ts';
import { recoverCommand } from './commands/recover.ts';
import { showCommand } from './commands/show.ts';
import { statusCommand } from './commands/status.ts';
import { userCommand } from './commands/user.ts';

const AFTER = `
DATABASE_URL and REDIS_URL name the stores; set SPILLWAY_QUEUE, SPILLWAY_SCHEMA and SPILLWAY_PRIMARY as for web and worker.
Exit codes: 0 success, 1 failure, 2 usage error, 3 and 4 from doctor, 130 interrupted.
Completion: source <(spillway complete zsh), or bash, fish, powershell; spillway must be on PATH.`;

/** All commands. Errors are thrown, and not the end of the process. */
export function createProgram(cli: Cli): Command {
  const program = new Command('spillway')
    .description('Operates Spillway: what waits, what failed, and what to do about it.')
    .version(manifest.version)
    .showSuggestionAfterError()
    .showHelpAfterError('(run spillway <command> --help for usage)')
    .addHelpText('after', AFTER)
    .configureOutput({
      writeOut: (text) => cli.out.print(text.trimEnd()),
      writeErr: (text) => cli.out.note(text.trimEnd()),
    })
    .exitOverride();
  const commands = [
    statusCommand(cli),
    doctorCommand(cli),
    backlogCommand(cli),
    deadCommand(cli),
    showCommand(cli),
    retryCommand(cli),
    discardCommand(cli),
    recoverCommand(cli),
    exportCommand(cli),
    migrateCommand(cli),
    userCommand(cli),
    loadCommand(cli),
  ];
  for (const command of commands) program.addCommand(inherit(command, program));
  tab(program);
  return program;
}

/** A subcommand that is added ready-made does not inherit its parent's settings: copy them. */
function inherit(command: Command, parent: Command): Command {
  command.copyInheritedSettings(parent);
  for (const child of command.commands) inherit(child, command);
  return command;
}
