import { drain } from './drain.ts';
import type { Rig } from './rig.ts';
import { submit } from './submit.ts';
import { contentKey } from './verdict.ts';
import type { Attempt } from './verdict.ts';

const STATUS_SAMPLES = 100;
const AT_ONCE = 50;

export interface Resent {
  readonly complaints: readonly string[];
  /** Contents whose sender now learnt that their id belongs to other content. */
  readonly told: ReadonlySet<string>;
}

/**
 * Sends like a browser whose receipt shows a submission as `missing`: again, with the same id. Checks that the
 * status was `missing`, and that each submission takes effect once.
 */
export async function sendAgain(rig: Rig, lost: readonly Attempt[]): Promise<Resent> {
  const known = new Set((await rig.effects()).map((one) => one.id));
  for (const { conflictsWith } of await rig.dead()) if (conflictsWith) known.add(conflictsWith);
  const complaints = await checkStatus(
    rig,
    lost.filter((one) => !known.has(one.id)),
  );
  const told = new Set<string>();
  for (let next = 0; next < lost.length; next += AT_ONCE) {
    await Promise.all(lost.slice(next, next + AT_ONCE).map((one) => send(rig, one, told)));
  }
  const left = await drain(rig);
  if (left) complaints.push(`left after sending again: ${left}`);
  const effective = new Set((await rig.effects()).map((one) => contentKey(one.id, one.variant)));
  // Found late: other content under the id had taken effect meanwhile, and this one is kept for an operator.
  const buried = new Set(
    (await rig.dead()).map((one) => contentKey(one.conflictsWith ?? one.id, one.variant)),
  );
  const still = lost.map(keyOf).filter((key) => !effective.has(key) && !buried.has(key) && !told.has(key));
  if (still.length > 0) complaints.push(`${still.length} sent again, and still without effect: ${still[0]}`);
  return { complaints, told };
}

async function checkStatus({ queue }: Rig, lost: readonly Attempt[]): Promise<string[]> {
  const sample = lost.slice(0, STATUS_SAMPLES);
  const states = await Promise.all(sample.map(async (one) => (await queue.status(queueIdOf(one))).state));
  const wrong = states.filter((state) => state !== 'missing');
  return wrong.length === 0 ? [] : [`${wrong.length} lost ones whose status is not missing, but ${wrong[0]}`];
}

async function send(rig: Rig, attempt: Attempt, told: Set<string>): Promise<void> {
  const { id, content } = attempt;
  const answer = await submit(rig, { id, queueId: queueIdOf(attempt), content, why: 'resent' });
  if (answer.result === 'conflict') told.add(contentKey(id, content.variant));
}

function queueIdOf({ id, queueId = id }: Attempt): string {
  return queueId;
}

function keyOf({ id, content }: Attempt): string {
  return contentKey(id, content.variant);
}
