import { setTimeout as sleep } from 'node:timers/promises';
import type { Action, ListFilter, ListName, Operation } from '@spillway/api';
import type { Cli } from './cli.ts';
import { bar } from './out.ts';
import { count } from './words.ts';

const ASK_AGAIN_MS = 100;

/** All of a list that match. */
export interface Listed {
  readonly list: ListName;
  readonly filter: ListFilter;
}

/** Runs an operation in this process, with a progress bar, to its end. At Ctrl-C it ends after the current batch. */
export async function carryOut(
  { house, out, signal }: Cli,
  plan: { readonly action: Action; readonly target: Listed },
): Promise<Operation> {
  const { admin } = await house();
  const startedMs = performance.now();
  const { operationId: id } = await admin.start(plan);
  try {
    for await (const operation of await admin.watchOperation({ id }))
      out.live.show(progress(operation, performance.now() - startedMs));
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    out.live.clear();
  }
  for (;;) {
    const operation = await admin.operation({ id });
    // The other process records the end after its batch; if it is silent, the operation counts as ended.
    if (operation.state !== 'running') return operation;
    await sleep(ASK_AGAIN_MS);
  }
}

function progress({ done, skipped, total }: Operation, tookMs: number): string {
  const through = done + skipped;
  const perSecond = Math.round((through * 1_000) / Math.max(1, tookMs));
  const of = total === undefined ? '' : ` of ${count(total)}`;
  return `${bar(total ? through / total : 0)} ${count(through)}${of}, ${count(perSecond)} a second`;
}
