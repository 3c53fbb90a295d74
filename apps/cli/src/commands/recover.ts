import { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { InterruptedError } from '../errors.ts';
import { examples, withJson } from '../options.ts';
import { bar } from '../out.ts';
import { count, counted, duration } from '../words.ts';

export function recoverCommand(cli: Cli): Command {
  const command = new Command('recover').description(
    'push the waiting submissions from Postgres to Redis now, without waiting for a worker',
  );
  return withJson(command)
    .addHelpText(
      'after',
      examples(['recover', 'with a progress bar'], ['recover --json', '{ "pushed": …, "more": … }']),
    )
    .action(({ json }: { readonly json?: boolean }) => recover(cli, json ?? false));
}

async function recover(cli: Cli, json: boolean): Promise<void> {
  const { out, signal } = cli;
  const { admin } = await cli.house();
  const { unpushed, postgres } = await admin.overview();
  const total = { count: unpushed ?? 0, capped: postgres.depth?.capped ?? false };
  const startedMs = performance.now();
  const perSecond = (pushed: number) =>
    Math.round((pushed * 1_000) / Math.max(1, performance.now() - startedMs));
  let pushed = 0;
  let more = true;
  while (more) {
    out.live.show(progress(pushed, total, perSecond(pushed)));
    const pass = await admin.recoverNow();
    pushed += pass.pushed;
    more = pass.more;
    // Redis takes no more for now; the workers' own recovery continues as soon as there is room.
    if (pass.pushed === 0) break;
    if (signal.aborted && more)
      throw new InterruptedError(`Interrupted: ${counted(pushed, 'submission')} pushed, more remain.`);
  }
  out.live.clear();
  if (json) return out.json({ pushed, more });
  if (pushed > 0) {
    const took = duration(performance.now() - startedMs);
    out.print(
      `${counted(pushed, 'submission')} pushed to Redis in ${took}, ${count(perSecond(pushed))} a second.`,
    );
  } else if (!more) out.print('Nothing to push: Redis already holds every waiting submission.');
  if (more) out.print('Redis has reached its high-water mark; workers push the rest when there is room.');
}

function progress(pushed: number, total: { count: number; capped: boolean }, perSecond: number): string {
  const share = total.count === 0 ? 0 : pushed / total.count;
  return `${bar(share)} ${count(pushed)} of ${count(total.count, total.capped)}, ${count(perSecond)} a second`;
}
