import autocannon from 'autocannon';
import { startWeb } from '../http/web.ts';
import { data } from '../payload.ts';
import { interleave } from '../rounds.ts';
import type { Contender, Series } from '../rounds.ts';
import type { Bench, Scenario } from './scenario.ts';

const CONNECTIONS = 64;
const SUBMIT = 'POST /api/submit';
const CONSTANT = 'POST /api/constant';
const BODY = JSON.stringify({ data });

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
  const contender = (name: string, path: string): Contender => ({
    name,
    unit: '1/s',
    prepare: () => post(`${web.url}${path}`, effort.warmUpMs).then(() => {}),
    measure: () => post(`${web.url}${path}`, effort.windowMs * 2),
  });
  return await interleave(
    [contender(SUBMIT, '/api/submit'), contender(CONSTANT, '/api/constant')],
    effort.rounds,
    log,
  );
}

/** Resolves to answered requests per second. Rejects where one was not accepted. */
async function post(url: string, windowMs: number): Promise<number> {
  const result = await autocannon({
    url,
    method: 'POST',
    connections: CONNECTIONS,
    duration: windowMs / 1_000,
    headers: { 'content-type': 'application/json' },
    body: BODY,
    setupClient: () => {},
  });
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${url}: ${result.non2xx} refused, ${result.errors} failed`);
  return result['2xx'] / result.duration;
}
