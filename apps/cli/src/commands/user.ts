import { randomBytes } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { Command } from 'commander';
import type { Role } from '@spillway/api';
import type { Cli } from '../cli.ts';
import { choice, examples, withJson } from '../options.ts';

const PASSWORD_BYTES = 18;

interface Options {
  readonly name?: string;
  readonly role: Role;
  readonly passwordStdin?: boolean;
  readonly json?: boolean;
}

export function userCommand(cli: Cli): Command {
  return new Command('user')
    .description('who may sign in to the operator’s pages')
    .addCommand(addCommand(cli));
}

function addCommand(cli: Cli): Command {
  const command = new Command('add')
    .description('let somebody sign in; a password is made, and shown once')
    .argument('<email>', 'their address, which they sign in with')
    .option('--name <name>', 'what they are called (default: the address up to the @)')
    .addOption(
      choice(
        '--role <role>',
        'viewers see, operators decide, admins let others in',
        ['viewer', 'operator', 'admin'],
        'viewer',
      ),
    )
    .option('--password-stdin', 'take the password from standard input instead');
  return withJson(command)
    .addHelpText(
      'after',
      examples(
        ['user add ada@example.org --role operator', 'with a password made by chance'],
        ['user add ada@example.org --password-stdin < password.txt', 'with one of your own'],
      ),
    )
    .action((email: string, options: Options) => add(cli, email, options));
}

async function add(cli: Cli, email: string, { name, role, passwordStdin, json }: Options): Promise<void> {
  // What ends a line is not part of a password.
  const given = passwordStdin ? (await text(process.stdin)).replace(/\r?\n$/, '') : undefined;
  const password = given ?? randomBytes(PASSWORD_BYTES).toString('base64url');
  const { admin } = await cli.house();
  const user = await admin.users.create({ email, name: name ?? email.replace(/@.*/, ''), role, password });
  if (json) return cli.out.json({ ...user, ...(given === undefined && { password }) });
  cli.out.print(`${user.email} may sign in, as ${role}.`);
  if (given === undefined) cli.out.print(`Password: ${password}   (made by chance, shown only now)`);
}
