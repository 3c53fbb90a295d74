import pg from 'pg';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { encodeArray } from '../../src/postgres/statement/arrays.ts';
import type { ColumnType, ColumnValue } from '../../src/postgres/statement/arrays.ts';
import { freshDatabase, startStores } from '../support.ts';
import type { Stack } from '../support.ts';

let stack: Stack;
let client: pg.Client;

beforeAll(async () => {
  stack = await startStores();
  client = new pg.Client({ connectionString: await freshDatabase(stack) });
  await client.connect();
});

afterAll(async () => {
  await client.end();
  await stack[Symbol.asyncDispose]();
});

const VALUES: Record<ColumnType, fc.Arbitrary<ColumnValue>> = {
  // What a lone surrogate becomes is decided before: JSON.stringify escapes it.
  text: fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', '').toWellFormed()),
  uuid: fc.uuid(),
  int4: fc.integer(),
  float8: fc.double({ noNaN: true, noDefaultInfinity: true }),
};

it.each(Object.entries(VALUES))(
  'Postgres reads a binary array of %s as what was written, nulls too',
  async (type, value) => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.option(value), { minLength: 1, maxLength: 40 }), async (values) => {
        const { rows } = await client.query<{ read: unknown[] }>(`SELECT $1::${type}[] AS read`, [
          encodeArray(type as ColumnType, values),
        ]);
        expect(rows[0]?.read.map((one, index) => (Object.is(values[index], -0) ? -0 : one))).toEqual(values);
      }),
      { numRuns: 60 },
    );
  },
);
