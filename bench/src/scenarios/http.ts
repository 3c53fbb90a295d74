import { CONNECTIONS, load } from '../http/load.ts';
import { startWeb } from '../http/web.ts';
import { interleave } from '../rounds.ts';
import type { Contender, Series } from '../rounds.ts';
import type { Bench, Scenario } from './scenario.ts';

const SUBMIT = 'POST /api/submit';
const CONSTANT = 'POST /api/constant';

/** The same build serves both: the page's service, and a route that parses the JSON and returns a constant. */
export const http: Scenario = {
  name: 'http',
  title: `Requests per second through Next, ${CONNECTIONS} connections`,
  contenders: [SUBMIT, CONSTANT],
  run,
};

async function run({ stand, effort, log }: Bench): Promise<Series[]> {
  await stand.emptyRedis();
  log('building the web app');
  await using web = await startWeb(stand);
  const contender = (name: string, path: string): Contender => {
    const refused: string[] = [];
    return {
      name,
      unit: '1/s',
      prepare: async () => void (await load(`${web.url}${path}`, effort.warmUpMs)),
      measure: async () => {
        const answers = await load(`${web.url}${path}`, effort.windowMs * 2);
        for (const [status, count] of Object.entries(answers.refused))
          refused.push(`${count} answered ${status}`);
        return answers.perSecond;
      },
      note: () => (refused.length > 0 ? refused.join(', ') : undefined),
    };
  };
  return await interleave(
    [contender(SUBMIT, '/api/submit'), contender(CONSTANT, '/api/constant')],
    effort.rounds,
    log,
  );
}
