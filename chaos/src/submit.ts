import { monotonicMs } from './clock.ts';
import type { Rig } from './rig.ts';
import type { Answer } from './ledger.ts';
import type { Attempt } from './verdict.ts';

type Submission = Pick<Attempt, 'id' | 'content' | 'why'> & {
  /** Under which the queue knows it. Default: the same id. */
  readonly queueId?: string;
};

/** The campaign submits something itself, and keeps it on record. */
export async function submit(
  { door, addAttempt }: Rig,
  { id, queueId = id, content, why }: Submission,
): Promise<Answer> {
  const startedMs = monotonicMs();
  const answer = await door(queueId, content);
  addAttempt({
    producer: 'campaign',
    over: 'queue',
    id,
    content,
    why,
    startedMs,
    settledMs: monotonicMs(),
    ...answer,
  });
  return answer;
}
