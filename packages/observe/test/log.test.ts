import { createDb } from '@spillway/db';
import { startPostgres } from '@spillway/devstack';
import { sql } from 'drizzle-orm';
import { expect, it } from 'vitest';
import { describeError } from '@spillway/observe';

const TOKEN = 'a-session-token-and-nobody-elses-business';

it('a failed statement is logged by its cause, without its parameters', async () => {
  const postgres = await startPostgres();
  const db = createDb(await postgres.createDatabase());
  try {
    await db.execute(sql`create table kept (token text primary key)`);
    const insert = () => db.execute(sql`insert into kept values (${TOKEN})`);
    await insert();
    const error = await insert().catch((reason: unknown) => reason);
    expect(String(error)).toContain(TOKEN);
    expect(describeError(error)).toMatchObject({
      code: '23505',
      message: expect.stringContaining('duplicate'),
    });
    expect(JSON.stringify(describeError(error))).not.toContain(TOKEN);
    expect(JSON.stringify(describeError(new Error('wrapped', { cause: error })))).not.toContain(TOKEN);
  } finally {
    await db.$client.end();
    await postgres.stop();
  }
});

it('parameters are left out also where the statement failed without a cause', () => {
  const error = new Error(`Failed query: insert into kept values ($1)\nparams: ${TOKEN},\n${TOKEN}`);
  expect(describeError(error)).toMatchObject({
    message: 'Failed query: insert into kept values ($1)\nparams: …',
    stack: expect.stringMatching(/params: …\n {4}at /),
  });
  expect(JSON.stringify(describeError(error))).not.toContain(TOKEN);
});
