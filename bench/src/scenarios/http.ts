import { CONNECTIONS, load } from '../http/load.ts';
import { startWeb } from '../http/web.ts';
import { interleave } from '../rounds.ts';
import type { Competitor, Series } from '../rounds.ts';
import type { Bench, Scenario } from './scenario.ts';

const SUBMIT = 'POST /api/submit';
const CONSTANT = 'POST /api/constant';

/** The same build serves both: the page's service, and a route that parses the JSON and returns a constant. */
export const http: Scenario = {
  name: 'http',
  title: `Requests per second through Next, ${CONNECTIONS} connections`,
  competitors: [SUBMIT, CONSTANT],
  run,
};

async function run({ harness, profile, log }: Bench): Promise<Series[]> {
  await harness.emptyRedis();
  log('building the web app');
  await using web = await startWeb(harness);
  const competitor = (name: string, path: string): Competitor => {
    const refused: string[] = [];
    return {
      name,
      unit: '1/s',
      prepare: async () => void (await load(`${web.url}${path}`, profile.warmUpMs)),
      measure: async () => {
        const answers = await load(`${web.url}${path}`, profile.windowMs * 2);
        for (const [status, count] of Object.entries(answers.refused))
          refused.push(`${count} answered ${status}`);
        return answers.perSecond;
      },
      note: () => (refused.length > 0 ? refused.join(', ') : undefined),
    };
  };
  return await interleave(
    [competitor(SUBMIT, '/api/submit'), competitor(CONSTANT, '/api/constant')],
    profile.rounds,
    log,
  );
}
