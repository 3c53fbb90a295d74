import { expect, it } from 'vitest';
import { runCampaign } from '../src/campaign.ts';
import type { CampaignReport } from '../src/campaign.ts';
import { closingText } from '../src/report.ts';

const SECONDS = Number(process.env['SPILLWAY_CHAOS_SECONDS'] ?? 60);
const SEED = Number(process.env['SPILLWAY_CHAOS_SEED'] ?? 6);
/** A third over its time, and a drain that takes as long as it may. */
const TIMEOUT_MS = SECONDS * 1_400 + 120_000;

function complaintsOf({ sessions }: CampaignReport): string[] {
  return sessions.flatMap((session) => [
    ...session.complaints,
    ...[session.control, ...session.episodes].flatMap(({ name, complaints, unbitten }) =>
      [...complaints, ...unbitten].map((text) => `${name}: ${text}`),
    ),
  ]);
}

it(
  'nothing acknowledged is lost and nothing happens twice, whatever breaks in a seeded minute',
  { timeout: TIMEOUT_MS },
  async () => {
    const report = await runCampaign(
      {
        seconds: SECONDS,
        seed: SEED,
        primaries: ['auto', 'redis', 'postgres'],
        faults: [],
        ratePerSecond: 200,
        workers: 2,
        producers: 2,
        windowMs: 4_000,
        complete: false,
      },
      () => {},
    );
    console.log(closingText(report));
    expect(complaintsOf(report)).toEqual([]);
    expect(report.sessions.flatMap((session) => session.episodes).length).toBeGreaterThan(0);
  },
);
