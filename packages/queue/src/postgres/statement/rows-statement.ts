import { sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import { encodeArray } from './arrays.ts';
import type { ColumnType, ColumnValue } from './arrays.ts';
import { Statement } from './statement.ts';
import type { Parts, StatementValues } from './statement.ts';
import type { Runner } from '../../contract/transaction.ts';

/** A column's values, or null if all of them are the default: then neither side writes or reads the column. */
export type Column = readonly ColumnValue[] | null;

/** A column that few items need: null if none has a value. */
export function optionalColumn<Item>(
  items: readonly Item[],
  value: (item: Item, index: number) => ColumnValue | undefined,
): Column {
  const values = items.map((item, index) => value(item, index) ?? null);
  return values.every((one) => one === null) ? null : values;
}

/** The given rows in a statement's text. */
export interface GivenRows {
  /** For FROM: `i`, with the columns by name. */
  readonly from: SQL;
  /** One column as an array. */
  array(name: string): SQL;
}

/**
 * A statement over any number of rows, which are sent as one array per column. A single row is sent as plain values: Postgres
 * assumes ten elements for an array that it does not know, finds that plan more expensive than one for a single row, and plans
 * again each time, which costs more than all the rest (docs/performance.md).
 */
export class RowsStatement<
  Scalars extends StatementValues,
  Name extends string,
  Row extends Record<string, unknown>,
> {
  readonly #types: readonly (readonly [Name, ColumnType])[];
  readonly #multiRow: Statement<StatementValues, Row>;
  readonly #singleRow: Statement<StatementValues, Row>;

  constructor(
    name: string,
    scalars: readonly (keyof Scalars & string)[],
    columns: Readonly<Record<Name, ColumnType>>,
    build: (to: Parts<Scalars>, rows: GivenRows) => SQL,
  ) {
    const types = Object.entries<ColumnType>(columns);
    this.#types = types as [Name, ColumnType][];
    const keys = [...scalars, ...types.map(([column]) => column)];
    const alias = sql.raw(`i(${types.map(([column]) => column).join(', ')})`);
    const list = (to: Parts<StatementValues>, suffix: string) =>
      sql.join(
        types.map(([column, type]) => sql`${to[column]}${sql.raw(`::${type}${suffix}`)}`),
        sql`, `,
      );
    this.#multiRow = new Statement<StatementValues, Row>(name, keys, (to) =>
      build(to as Parts<Scalars>, {
        from: sql`unnest(${list(to, '[]')}) AS ${alias}`,
        array: (column) => sql`${to[column]}${sql.raw(`::${columns[column as Name]}[]`)}`,
      }),
    );
    this.#singleRow = new Statement<StatementValues, Row>(`${name}_lone`, keys, (to) =>
      build(to as Parts<Scalars>, {
        from: sql`(VALUES (${list(to, '')})) AS ${alias}`,
        array: (column) => sql`ARRAY[${to[column]}${sql.raw(`::${columns[column as Name]}`)}]`,
      }),
    );
  }

  /** Rejects with Postgres' error, as `Statement.run` does. `columns` are all of one length. */
  run(on: Runner, scalars: Scalars, columns: Readonly<Record<Name, Column>>, once = false): Promise<Row[]> {
    const [statement, values] = this.#prepare(scalars, columns);
    return statement.run(on, values, once);
  }

  /** As `run`, for how many rows it wrote. */
  count(on: Runner, scalars: Scalars, columns: Readonly<Record<Name, Column>>): Promise<number> {
    const [statement, values] = this.#prepare(scalars, columns);
    return statement.count(on, values);
  }

  #prepare(
    scalars: Scalars,
    columns: Readonly<Record<Name, Column>>,
  ): readonly [Statement<StatementValues, Row>, StatementValues] {
    const length = Math.max(...this.#types.map(([name]) => columns[name]?.length ?? 0));
    const value = ([name, type]: readonly [Name, ColumnType]) => {
      const column = columns[name];
      if (column === null) return null;
      return length === 1 ? column[0] : encodeArray(type, column);
    };
    const values = Object.fromEntries(this.#types.map((typed) => [typed[0], value(typed)]));
    return [length === 1 ? this.#singleRow : this.#multiRow, { ...scalars, ...values }];
  }
}
