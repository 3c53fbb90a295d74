import { Command } from 'commander';
import { stripControl } from '@spillway/terminal';
import type { SettingCheck, Severity } from '@spillway/api';
import type { Cli } from '../cli.ts';
import { EXIT } from '../errors.ts';
import { examples, withJson } from '../options.ts';
import { textWidth } from '../out.ts';
import type { Out } from '../out.ts';
import { wrap } from '../table.ts';
import { counted } from '../words.ts';

const STYLES = { danger: 'red', warning: 'yellow', notice: 'cyan', ok: 'green' } as const;
const INDENT = ' '.repeat(10);

interface Options {
  readonly all?: boolean;
  readonly json?: boolean;
}

export function doctorCommand(cli: Cli): Command {
  const command = new Command('doctor')
    .description(
      'check the settings of both stores: what could lose submissions or slow them down, and the remedy',
    )
    .option('-a, --all', 'also show the settings that are fine');
  return withJson(command)
    .addHelpText('after', '\nExit code: 4 if there is a danger, 3 if there is a warning, else 0.')
    .addHelpText('after', examples(['doctor', 'problems only'], ['doctor --all', 'every setting']))
    .action(async ({ all, json }: Options) => {
      const { admin } = await cli.house();
      const findings = await admin.settings();
      if (json) cli.out.json({ worst: worstOf(findings), findings });
      else print(findings, all ?? false, cli.out);
      cli.exitCode = exitCodeOf(worstOf(findings));
    });
}

function print(findings: readonly SettingCheck[], all: boolean, out: Out): void {
  for (const finding of findings)
    if (all || finding.severity !== 'ok') out.print(`${describe(finding, out)}\n`);
  const of = (severity: Severity) => findings.filter((finding) => finding.severity === severity).length;
  const troubles = [
    of('danger') > 0 && counted(of('danger'), 'danger'),
    of('warning') > 0 && counted(of('warning'), 'warning'),
    of('notice') > 0 && counted(of('notice'), 'notice'),
  ].filter((part) => part !== false);
  const rest = `${counted(of('ok'), 'setting')} ${of('ok') === 1 ? 'is' : 'are'} fine`;
  out.print(
    `${troubles.length > 0 ? troubles.join(', ') : 'No problems'}; ${rest}${all ? '' : ' (--all shows them)'}.`,
  );
}

function describe({ store, setting, value, severity, message, remedy }: SettingCheck, out: Out): string {
  const name = store === 'redis' ? 'Redis' : 'Postgres';
  const head = `${out.paint(STYLES[severity], severity.padEnd(INDENT.length))}${name} ${out.paint('bold', `${setting}: ${stripControl(value)}`)}`;
  const width = textWidth(out);
  const lines = [head, wrap(message, width, INDENT)];
  if (remedy !== undefined) lines.push(wrap(`→ ${remedy}`, width, INDENT));
  return lines.join('\n');
}

/** They come worst first. */
function worstOf(findings: readonly SettingCheck[]): Severity {
  return findings[0]?.severity ?? 'ok';
}

function exitCodeOf(worst: Severity): number {
  if (worst === 'danger') return EXIT.danger;
  return worst === 'warning' ? EXIT.warning : EXIT.fine;
}
