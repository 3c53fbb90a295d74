import { expect, it } from 'vitest';
import { runCampaign } from '../src/campaign.ts';
import type { CampaignReport } from '../src/campaign.ts';
import { closingText } from '../src/report.ts';

const SECONDS = Number(process.env['SPILLWAY_CHAOS_SECONDS'] ?? 60);
const SEED = Number(process.env['SPILLWAY_CHAOS_SEED'] ?? 6);
/** Twice a third over its time, and drains that take as long as they may. */
const TIMEOUT_MS = SECONDS * 2_800 + 240_000;

type Episode = CampaignReport['sessions'][number]['episodes'][number];

function listed(report: CampaignReport, of: (episode: Episode) => readonly string[]): string[] {
  return report.sessions.flatMap((session) =>
    [session.control, ...session.episodes].flatMap((episode) =>
      of(episode).map((text) => `${episode.name}: ${text}`),
    ),
  );
}

function play(seed: number): Promise<CampaignReport> {
  return runCampaign(
    {
      seconds: SECONDS,
      seed,
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
}

/** A broken promise fails at once. A fault that did not bite on a busy machine proves nothing: another minute is played. */
async function playUntilItBites(): Promise<string[]> {
  let unbitten: string[] = [];
  for (const seed of [SEED, SEED + 1]) {
    const report = await play(seed);
    console.log(closingText(report));
    expect(report.sessions.flatMap((session) => session.complaints)).toEqual([]);
    expect(listed(report, (episode) => episode.complaints)).toEqual([]);
    expect(report.sessions.flatMap((session) => session.episodes).length).toBeGreaterThan(0);
    unbitten = listed(report, (episode) => episode.unbitten);
    if (unbitten.length === 0) break;
  }
  return unbitten;
}

it(
  'nothing acknowledged is lost and nothing happens twice, whatever breaks in a seeded minute',
  { timeout: TIMEOUT_MS },
  async () => {
    expect(await playUntilItBites()).toEqual([]);
  },
);
