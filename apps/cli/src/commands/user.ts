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
    .description('manage who can sign in to the operator’s pages')
    .addCommand(addCommand(cli));
}

function addCommand(cli: Cli): Command {
  const command = new Command('add')
    .description('add a user; a password is generated and shown once')
    .argument('<email>', 'the email address, used to sign in')
    .option('--name <name>', 'display name (default: the part before the @)')
    .addOption(
      choice(
        '--role <role>',
        'viewers look, operators act, admins also manage users',
        ['viewer', 'operator', 'admin'],
        'viewer',
      ),
    )
    .option('--password-stdin', 'read the password from standard input');
  return withJson(command)
    .addHelpText(
      'after',
      examples(
        ['user add ada@example.org --role operator', 'with a generated password'],
        ['user add ada@example.org --password-stdin < password.txt', 'with your own password'],
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
  cli.out.print(`${user.email} can sign in as ${role}.`);
  if (given === undefined) cli.out.print(`Password: ${password}   (generated, shown only once)`);
}
