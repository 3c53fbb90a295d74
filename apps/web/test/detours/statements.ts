import type { Db } from '@spillway/db';

type Pool = Db['$client'];

/** What pg_catalog reports that a role may do with a table. */
interface Rights {
  readonly table: string;
  readonly reads: boolean;
  readonly deletes: boolean;
  readonly truncates: boolean;
  readonly inserts: readonly string[];
  readonly updates: readonly string[];
}

/** A submission as it was accepted, in SQL. */
interface Target {
  readonly id: string;
  readonly form: string;
  readonly data: string;
  readonly digest: string;
}

const QUEUE_TABLES = ['spillway.fallback_submissions', 'spillway.submission_outcomes'];
const ANOTHER_ID = `'01930000-0000-7000-8000-0000000000ff'`;
const LATER = `now() + interval '1 day'`;
const EARLIER = `now() - interval '60 days'`;
const STATUSES = [`'done'`, `'dead'`, `'discarded'`, `'running'`];

/** Values that somebody who wants to do harm would write, by column. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  queue: [`'another'`, `'$probe'`],
  id: [ANOTHER_ID],
  form: [`'another'`],
  data: [`'"other"'`],
  payload: [`'"other"'`, 'NULL'],
  digest: [`'digest of other content'`],
  created_at: [EARLIER],
  received_at: [EARLIER],
  run_at: ['now()', LATER, `'infinity'`],
  lease_until: [`'infinity'`, EARLIER, `'-infinity'`],
  generation: ['2', '99'],
  attempts: ['0', '99'],
  settled_at: ['now()', EARLIER],
  status: STATUSES,
  history: [`'[]'`],
  error: ['NULL'],
  conflicts_with: [ANOTHER_ID],
};

export async function readRights(pool: Pool, role: string): Promise<Rights[]> {
  const { rows } = await pool.query<Rights>(
    `SELECT CASE c.relnamespace::regnamespace::text WHEN 'public' THEN '' ELSE 'spillway.' END || c.relname AS table, has_table_privilege($1, c.oid, 'SELECT') AS reads, has_table_privilege($1, c.oid, 'DELETE') AS deletes,
       has_table_privilege($1, c.oid, 'TRUNCATE') AS truncates,
       array_remove(array_agg(CASE WHEN has_column_privilege($1, c.oid, a.attnum, 'INSERT') THEN a.attname::text END), NULL) AS inserts,
       array_remove(array_agg(CASE WHEN has_column_privilege($1, c.oid, a.attnum, 'UPDATE') THEN a.attname::text END), NULL) AS updates
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE c.relnamespace IN ('public'::regnamespace, 'spillway'::regnamespace) AND c.relkind = 'r'
     GROUP BY c.oid, c.relname ORDER BY c.relname`,
    [role],
  );
  return rows;
}

/** Functions of the schema that the role may call by itself. */
export async function callableBy(pool: Pool, role: string): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `SELECT proname AS name FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND has_function_privilege($1, oid, 'EXECUTE')`,
    [role],
  );
  return rows.map((row) => row.name);
}

/** What the rights allow to be tried on one submission, and on the tables that no statement may shrink. */
export function statementsFor(rights: readonly Rights[], target: Target): string[] {
  return rights.flatMap((right) =>
    QUEUE_TABLES.includes(right.table) ? onSubmission(right, rights, target) : onTable(right),
  );
}

function onSubmission(right: Rights, rights: readonly Rights[], target: Target): string[] {
  const { table } = right;
  const where = `WHERE id IN (${target.id}, ${otherId(target)})`;
  const deletes = (one: Rights) => (one.deletes ? [`DELETE FROM ${one.table} ${where}`] : []);
  const sets = right.updates.flatMap((column) =>
    (VALUES[column] ?? []).map((value) => `${column} = ${value}`),
  );
  const withStatus = sets.filter((set) => !/^(status|settled_at)/.test(set));
  const updates = [
    ...sets,
    // Policies look at status and time together: one at a time would hide what both allow.
    ...(table === 'spillway.submission_outcomes' && right.updates.includes('status')
      ? STATUSES.flatMap((status) =>
          ['', ...withStatus, `generation = 2, payload = '"other"'`].map((set) =>
            [`status = ${status}`, `settled_at = now()`, ...(set === '' ? [] : [set])].join(', '),
          ),
        )
      : []),
  ];
  const inserts =
    table === 'spillway.submission_outcomes' ? outcomeInserts(right, target) : rowInserts(right, target);
  const others = rights.filter((one) => QUEUE_TABLES.includes(one.table) && one.table !== table);
  return [
    ...(right.truncates ? [`TRUNCATE ${table}`] : []),
    ...deletes(right),
    ...updates.map((set) => `UPDATE ${table} SET ${set} ${where}`),
    ...inserts,
    // In one statement, as a retry does it.
    ...others.flatMap(deletes).flatMap((gone) => inserts.map((text) => `WITH gone AS (${gone}) ${text}`)),
  ];
}

function rowInserts(right: Rights, target: Target): string[] {
  const plain = {
    queue: `'inbox'`,
    id: target.id,
    form: target.form,
    data: target.data,
    digest: target.digest,
    created_at: receivedAt(target),
    run_at: 'now()',
    generation: '1',
    attempts: '0',
    history: `'[{"attempt":1}]'`,
  };
  const generations = ['1', '2', '99'].map((generation) => ({ ...plain, generation }));
  return generations.flatMap((base) =>
    [
      base,
      ...variants(base, [
        'queue',
        'id',
        'data',
        'digest',
        'created_at',
        'run_at',
        'attempts',
        'lease_until',
        'history',
      ]),
    ].flatMap((row) => insert(right, row)),
  );
}

function outcomeInserts(right: Rights, target: Target): string[] {
  const plain = {
    queue: `'inbox'`,
    id: target.id,
    form: target.form,
    payload: target.data,
    digest: target.digest,
    received_at: receivedAt(target),
    generation: '1',
    attempts: '1',
    history: `'[{"attempt":1}]'`,
  };
  const asConflict = { ...plain, id: otherId(target), conflicts_with: target.id };
  return STATUSES.flatMap((status) =>
    [plain, { ...plain, conflicts_with: ANOTHER_ID }, asConflict].flatMap((place) => {
      const base = { ...place, status };
      return [
        base,
        ...variants(base, ['payload', 'digest', 'received_at', 'generation', 'settled_at']),
      ].flatMap((row) => [
        ...insert(right, row),
        ...insert(
          right,
          row,
          ` ON CONFLICT (queue, id) DO UPDATE SET status = excluded.status, payload = excluded.payload,
          generation = excluded.generation, settled_at = now()`,
        ),
      ]);
    }),
  );
}

type Row = Readonly<Record<string, string>>;

function variants(base: Row, columns: readonly string[]): Row[] {
  return columns.flatMap((column) => (VALUES[column] ?? []).map((value) => ({ ...base, [column]: value })));
}

/** Nothing where the role may not write one of the columns. */
function insert({ table, inserts }: Rights, row: Row, onConflict = ''): string[] {
  const columns = Object.keys(row);
  if (!columns.every((column) => inserts.includes(column))) return [];
  return [
    `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${Object.values(row).join(', ')})${onConflict}`,
  ];
}

/** The other tables: whatever shrinks or rewrites them, and entries of the audit log. */
function onTable({ table, deletes, truncates, inserts, updates }: Rights): string[] {
  const entry = `INSERT INTO audit_log (queue, by, action, result`;
  return [
    ...(deletes ? [`DELETE FROM ${table}`] : []),
    ...(truncates ? [`TRUNCATE ${table} CASCADE`] : []),
    ...(table === 'audit_log' || table === 'submissions'
      ? updates.map((column) => `UPDATE ${table} SET ${column} = ${column}`)
      : []),
    ...(table === 'audit_log' && inserts.includes('id')
      ? [
          `${entry}) VALUES ('inbox', 'another', 'discard', 'given up')`,
          `${entry}, at) VALUES ('inbox', 'another', 'discard', 'given up', ${EARLIER})`,
          `${entry}, id) OVERRIDING SYSTEM VALUE VALUES ('inbox', 'another', 'discard', 'given up', 1000)`,
        ]
      : []),
  ];
}

function otherId({ id, digest }: Target): string {
  return `harness.other_id(${id}, ${digest})`;
}

function receivedAt({ id }: Target): string {
  return `(SELECT received_at FROM harness.accepted a WHERE a.id = ${id})`;
}

/** Those that change one thing to its most telling value. */
export function plainOnesOf(statements: readonly string[]): string[] {
  const isPlain = (text: string) => !/^WITH|ON CONFLICT|, 99, |60 days|infinity|another/.test(text);
  return statements.filter(isPlain);
}
