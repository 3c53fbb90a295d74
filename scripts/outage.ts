// `npm run outage -- redis kill`: breaks or repairs a store of the running system.
import { join, resolve } from 'node:path';
import { readStackState, sendControl } from '@spillway/devstack';
import { Failure, report } from './lib/steps.mjs';

const root = resolve(process.env['SPILLWAY_ROOT'] || join(import.meta.dirname, '..', '.spillway'));

async function outage([service, action, ...rest]: string[]): Promise<void> {
  if (!service || !action || rest.length > 0) {
    throw new Failure(
      'Say which store, and what happens to it.',
      'For example: npm run outage -- redis kill',
    );
  }
  if (!(await readStackState(root))) {
    throw new Failure('Spillway does not run here.', 'Start it in another terminal: npm start');
  }
  const answer = await sendControl(root, { service, action });
  if (!answer.ok) throw new Failure(answer.error);
  console.log(`Done: ${service} ${action}`);
}

await outage(process.argv.slice(2)).catch(report);
