import { sql } from 'drizzle-orm';
import type { Pool } from 'pg';
import { newId } from '../contract/id.ts';
import type { ShadowLog } from '../contract/ledger.ts';
import type { PushItem } from '../contract/store.ts';
import { withConnection, withoutDiskWait } from './connection/connection.ts';
import { Statement } from './statement/statement.ts';

const WRITE_DEADLINE_MS = 5_000;
const UNFOLD_DEADLINE_MS = 10_000;
/** Groups become rows at this age, ms: by then, a system without a backlog has settled them. */
const FOLDED_MS = 2_000;
/** At most this many groups in one statement, which takes some 100 ms then. */
const UNFOLD_GROUPS = 10;

const WRITE = new Statement<{ queue: string; id: string; epoch: string | null; entries: string }, never>(
  'write_group',
  ['queue', 'id', 'epoch', 'entries'],
  (to) => sql`
    INSERT INTO shadow_groups (queue, id, epoch, entries) VALUES (${to.queue}, ${to.id}, ${to.epoch}, ${to.entries})`,
);

/**
 * Of two workers, the second waits, and finds the groups gone. A row that another writer made stays as it is: it may have been claimed,
 * or be a later generation.
 */
const UNFOLD = new Statement<{ queue: string; ageMs: number; groups: number }, { groups: number }>(
  'unfold',
  ['queue', 'ageMs', 'groups'],
  (to) => sql`
    WITH taken AS (
      DELETE FROM shadow_groups WHERE queue = ${to.queue} AND id IN (
        SELECT id FROM shadow_groups WHERE queue = ${to.queue} AND written_at < now() - ${to.ageMs} * interval '1 ms'
        ORDER BY id LIMIT ${to.groups})
      RETURNING queue, epoch, entries
    ), unfolded AS (
      INSERT INTO fallback_submissions (queue, id, form, data, digest, created_at, run_at, reason, traceparent, pushed_epoch)
      SELECT t.queue, e.id, e.form, e.data, e.digest, to_timestamp(e.received_ms / 1000.0),
        COALESCE(to_timestamp(e.run_ms / 1000.0), now()), 'shadow', e.traceparent, t.epoch
      FROM taken t, json_to_recordset(t.entries::json)
        AS e(id uuid, form text, data text, digest text, received_ms float8, run_ms float8, traceparent text)
      WHERE NOT EXISTS (
        SELECT FROM submission_outcomes o WHERE o.queue = t.queue AND o.id = e.id AND o.status <> 'running' OFFSET 0)
      ORDER BY e.id
      ON CONFLICT (queue, id) DO NOTHING)
    SELECT count(*)::int AS groups FROM taken`,
);

export function createShadowLog(pool: Pool, queue: string): ShadowLog {
  return {
    async write(items, epoch) {
      const values = {
        queue,
        id: newId(),
        epoch: epoch ?? null,
        entries: JSON.stringify(items.map(toEntry)),
      };
      await withoutDiskWait(pool, WRITE_DEADLINE_MS, (_, client) => WRITE.run(client, values));
    },

    async unfold() {
      const values = { queue, ageMs: FOLDED_MS, groups: UNFOLD_GROUPS };
      const [answer] = await withConnection(pool, UNFOLD_DEADLINE_MS, (_, client) =>
        UNFOLD.run(client, values),
      );
      return answer?.groups ?? 0;
    },
  };
}

function toEntry({ envelope, runAtMs }: PushItem) {
  const { id, form, payload, digest, receivedAtMs, traceparent } = envelope;
  return { id, form, data: payload, digest, received_ms: receivedAtMs, run_ms: runAtMs, traceparent };
}
