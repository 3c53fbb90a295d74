import { sql } from 'drizzle-orm';
import type { Param, Placeholder, SQL } from 'drizzle-orm';
import { PgDialect } from 'drizzle-orm/pg-core';
import type { QueryResult } from 'pg';
import type { Runner } from '../../contract/transaction.ts';
import { sqlState } from '../connection/failures.ts';
import { OWN_TYPES } from '../connection/own-types.ts';
import type { QueueTables } from './tables.ts';

/** The values of a statement, by name. */
export type StatementValues = Readonly<Record<string, unknown>> & { readonly queue: QueueTables };

/** What a statement is built of: the queue's tables, and parts that are known when it runs. `queue` is the queue's name. */
export type Parts<Values> = { readonly [Key in keyof Values]: Param | Placeholder } & Pick<
  QueueTables,
  'fallback' | 'outcomes' | 'shadow'
>;

interface Prepared {
  readonly name: string;
  readonly text: string;
  readonly order: readonly string[];
}

/** A pooler in transaction mode has lost the statement's name, or has kept it from another client. */
const LOST_NAMES = new Set(['26000', '42P05']);

/** Whether statements are sent by name. A pooler that does not support them (PgBouncer before 1.21) turns that off. */
let named = true;

/**
 * A statement that the accept and work paths send all the time: its text is built once, and on a pg client it is prepared under its
 * name, which saves Postgres a fifth of the work on a batch of 64 rows (docs/performance.md).
 */
export class Statement<Values extends StatementValues, Row extends Record<string, unknown>> {
  readonly #name: string;
  readonly #keys: readonly (keyof Values & string)[];
  readonly #build: (parts: Parts<Values>) => SQL;
  /** By schema. */
  readonly #prepared = new Map<string, Prepared>();

  /** `keys` are the names of the values; `build` makes the statement of them, each as often as it likes. */
  constructor(name: string, keys: readonly (keyof Values & string)[], build: (parts: Parts<Values>) => SQL) {
    this.#name = name;
    this.#keys = keys;
    this.#build = build;
  }

  /**
   * Rejects with Postgres' error. A lost name is an error only inside a transaction, which it has ended; the next run sends no
   * name. `once`: never sent a second time, since COMMIT follows behind it.
   */
  async run(on: Runner, values: Values, once = false): Promise<Row[]> {
    return (await this.#send(on, values, once)).rows;
  }

  /** As `run`, for how many rows it wrote. */
  async count(on: Runner, values: Values, once = false): Promise<number> {
    return (await this.#send(on, values, once)).rowCount ?? 0;
  }

  async #send(
    on: Runner,
    values: Values,
    once: boolean,
  ): Promise<Pick<QueryResult<Row>, 'rowCount' | 'rows'>> {
    if ('execute' in on) {
      const built = this.#build(this.#parts(values.queue, (key) => sql.param(valueOf(values, key))));
      const { rows, rowCount } = await on.execute(built);
      return { rows: rows as Row[], rowCount };
    }
    const { name, text, order } = this.#preparedIn(values.queue);
    const query = { text, values: order.map((key) => valueOf(values, key)), types: OWN_TYPES };
    const send = () => on.query<Row>(named ? { ...query, name } : query);
    return send().catch((error: unknown) => {
      if (!LOST_NAMES.has(sqlState(error) ?? '')) throw error;
      named = false;
      if (once) throw error;
      return send().catch(() => {
        throw error;
      });
    });
  }

  #preparedIn(queue: QueueTables): Prepared {
    const known = this.#prepared.get(queue.schema);
    if (known) return known;
    const built = this.#build(this.#parts(queue, (key) => sql.placeholder(key)));
    const { sql: text, params } = new PgDialect().sqlToQuery(built);
    const order = params.map((param) => (param as Placeholder).name);
    // Queues in two schemas may share a connection, and a name has one text.
    const prepared = { name: `${queue.schema}_${this.#name}`, text, order };
    this.#prepared.set(queue.schema, prepared);
    return prepared;
  }

  #parts(
    { fallback, outcomes, shadow }: QueueTables,
    part: (key: keyof Values & string) => Param | Placeholder,
  ): Parts<Values> {
    const parts = Object.fromEntries(this.#keys.map((key) => [key, part(key)]));
    return { ...parts, fallback, outcomes, shadow } as Parts<Values>;
  }
}

function valueOf(values: StatementValues, key: keyof StatementValues): unknown {
  return key === 'queue' ? values.queue.name : values[key];
}
