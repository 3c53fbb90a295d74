import { waitFor } from '@spillway/devstack';
import { monotonicMs } from '../clock.ts';
import type { Member } from '../fleet.ts';
import { missingWeb } from '../web.ts';
import { atLeast, noted } from './bites.ts';
import type { Evidence, Fault } from './fault.ts';
import { repeatedly } from './tools.ts';

/** The share of a producer's load. It is small, so that repeated requests do not keep the next web process from starting. */
const HTTP_SHARE = 0.3;
const KILL_EVERY_MS = 500;
/** The web process takes up to 8 s to answer open requests. */
const GRACE_MS = 10_000;
const TERMINATED = 143;

/**
 * A web process takes additional load over HTTP, and is repeatedly ended during requests and started again. Its senders repeat
 * each request, with the same id, until a process answers.
 */
function ended(name: string, signal: 'SIGKILL' | 'SIGTERM', bites: (evidence: Evidence) => string[]): Fault {
  return {
    name,
    hits: 'web',
    isAway: false,
    holdMs: [3_000, 5_000],
    missing: missingWeb,
    inject: async ({ web, fleet }, { notes, strike }) => {
      await web.start();
      const sender = await fleet.spawn('producer', { url: web.url, share: HTTP_SHARE });
      await requestsUnderWay(sender);
      strike();
      const note = (what: string, count: number) => notes.set(what, (notes.get(what) ?? 0) + count);
      const stop = repeatedly(KILL_EVERY_MS, async () => {
        // Only SIGKILL ends a frozen process, so it cannot be missed.
        if (signal === 'SIGKILL') web.freeze();
        await requestsUnderWay(sender);
        const sinceMs = monotonicMs();
        const code = await web.end(signal);
        note('web processes ended', 1);
        note('ended in good order', code === TERMINATED ? 1 : 0);
        notes.set('ms to the end', Math.max(notes.get('ms to the end') ?? 0, monotonicMs() - sinceMs));
        await web.start();
      });
      return async () => {
        await stop();
        // Wait until all its requests are answered.
        await fleet.end(sender, 'SIGTERM');
        await web.end('SIGTERM');
      };
    },
    bites: (evidence) => [
      ...noted(evidence, 'web processes ended'),
      ...atLeast('accepted over HTTP', evidence.http.acknowledged, 1),
      ...bites(evidence),
    ],
  };
}

export const webKill = ended('web-kill', 'SIGKILL', ({ http }) =>
  atLeast('requests cut off', http.cutOff, 1),
);

export const webTerm = ended('web-term', 'SIGTERM', ({ notes, http }) => [
  ...atLeast('requests sent again', http.unanswered, 1),
  ...atLeast('ms spared of the grace', GRACE_MS - (notes.get('ms to the end') ?? GRACE_MS), 0),
  ...atLeast(
    'web processes that ended in good order',
    notes.get('ended in good order') ?? 0,
    notes.get('web processes ended') ?? 1,
  ),
]);

async function requestsUnderWay(sender: Member): Promise<void> {
  await waitFor(async () => ((await sender.look())?.inFlight ?? 0) > 0, {
    intervalMs: 1,
    message: 'requests under way',
  });
}
