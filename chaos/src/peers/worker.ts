// A process that works a peer's jobs off. Its effects go into the same table without any key as ours.
import { closeSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { onOrder, onTerminate, optionsText, tell } from '../child.ts';
import type { WorkerProcessOptions } from '../messages.ts';
import { misbehave } from '../mischief.ts';
import { RunWriter } from '../runs.ts';
import { CONCURRENCY } from './contestant.ts';
import type { PeerHandler } from './contestant.ts';
import { peerNamed } from './index.ts';

const INSERT = 'INSERT INTO effects (id, variant, worker) VALUES ($1, $2, $3)';

const options: WorkerProcessOptions = JSON.parse(optionsText);
const runs = new RunWriter(options.runs);
const pool = new pg.Pool({ connectionString: options.postgresUrl, max: CONCURRENCY });
pool.on('error', () => {});
let inFlight = 0;

const handle: PeerHandler = async ({ id, content }, write) => {
  const attempt = content.mischief || content.flaky ? countTry(id) : 1;
  inFlight += 1;
  try {
    await runs.note([{ id, attempt }], async () => {
      await pause(options.workMs);
      if (content.flaky && attempt === 1) throw new Error(`The first attempt on ${id} fails on purpose.`);
      await misbehave({ id, content, attempt, leaseMs: options.leaseMs, tx: undefined });
      const values = [id, content.variant, options.name];
      await (write ? write(INSERT, values) : pool.query(INSERT, values));
    });
  } finally {
    inFlight -= 1;
  }
};

/** Counted by us: peers differ in what they count as an attempt. Workers share the folder. */
function countTry(id: string): number {
  for (let attempt = 1; ; attempt += 1) {
    try {
      closeSync(openSync(join(dirname(options.runs), `${id}.${attempt}`), 'wx'));
      return attempt;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
  }
}

const peer = await peerNamed(options.peer ?? '').open(options);
const stop = await peer.work(handle);

onTerminate(async () => {
  await stop();
  await peer.close();
  await pool.end();
});
onOrder((order) => {
  if (order.kind === 'look') tell({ kind: 'seen', healthy: true, inFlight, wallMs: Date.now() });
});
