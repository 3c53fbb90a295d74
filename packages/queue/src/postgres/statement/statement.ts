import { sql } from 'drizzle-orm';
import type { Param, Placeholder, SQL } from 'drizzle-orm';
import { PgDialect } from 'drizzle-orm/pg-core';
import type { QueryResult } from 'pg';
import type { Runner } from '../../contract/transaction.ts';
import { sqlState } from '../connection/failures.ts';
import { OWN_TYPES } from '../connection/own-types.ts';

/** Parts of a statement that are known when it runs, by name. */
type Parts<Values> = { readonly [Key in keyof Values]: Param | Placeholder };

/** A pooler in transaction mode has lost the statement's name, or has kept it from another client. */
const LOST_NAMES = new Set(['26000', '42P05']);

/** Whether statements are sent by name. A pooler that does not support them (PgBouncer before 1.21) turns that off. */
let named = true;

/**
 * A statement that the accept and work paths send all the time: its text is built once, and on a pg client it is prepared under its
 * name, which saves Postgres a fifth of the work on a batch of 64 rows (docs/performance.md).
 */
export class Statement<
  Values extends Readonly<Record<string, unknown>>,
  Row extends Record<string, unknown>,
> {
  readonly #name: string;
  readonly #keys: readonly (keyof Values)[];
  readonly #build: (parts: Parts<Values>) => SQL;
  readonly #text: string;
  readonly #order: readonly string[];

  /** `keys` are the names of the values; `build` makes the statement of them, each as often as it likes. */
  constructor(name: string, keys: readonly (keyof Values & string)[], build: (parts: Parts<Values>) => SQL) {
    this.#name = `spillway_${name}`;
    this.#keys = keys;
    this.#build = build;
    const query = new PgDialect().sqlToQuery(build(this.#parts((key) => sql.placeholder(String(key)))));
    this.#text = query.sql;
    this.#order = query.params.map((param) => (param as Placeholder).name);
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
      const { rows, rowCount } = await on.execute(this.#build(this.#parts((key) => sql.param(values[key]))));
      return { rows: rows as Row[], rowCount };
    }
    const query = { text: this.#text, values: this.#order.map((key) => values[key]), types: OWN_TYPES };
    const send = () => on.query<Row>(named ? { ...query, name: this.#name } : query);
    return send().catch((error: unknown) => {
      if (!LOST_NAMES.has(sqlState(error) ?? '')) throw error;
      named = false;
      if (once) throw error;
      return send().catch(() => {
        throw error;
      });
    });
  }

  #parts(part: (key: keyof Values) => Param | Placeholder): Parts<Values> {
    return Object.fromEntries(this.#keys.map((key) => [key, part(key)])) as Parts<Values>;
  }
}
