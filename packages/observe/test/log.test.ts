import { createDb } from '@spillway/db';
import { startPostgres } from '@spillway/devstack';
import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { createLog, describeError } from '@spillway/observe';

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

it('parameters are left out also if the statement failed without a cause', () => {
  const error = new Error(`Failed query: insert into kept values ($1)\nparams: ${TOKEN},\n${TOKEN}`);
  expect(describeError(error)).toMatchObject({
    message: 'Failed query: insert into kept values ($1)\nparams: …',
    stack: expect.stringMatching(/params: …\n {4}at /),
  });
  expect(JSON.stringify(describeError(error))).not.toContain(TOKEN);
});

describe('a secret is not logged', () => {
  const SECRET = 'hush-hush';
  const logged = (fields: object, message = ''): string => {
    let text = '';
    createLog({ service: 'test', level: 'info', to: { write: (line) => void (text += line) } }).info(
      fields,
      message,
    );
    return text;
  };

  it.each([
    { password: SECRET },
    { a: { b: { password: SECRET } } },
    { list: [{ sessionToken: SECRET }] },
    { headers: { Authorization: SECRET, 'set-cookie': [SECRET], 'X-Receipt': SECRET } },
    { payload: { name: SECRET }, data: SECRET },
    { a: { b: { c: { d: { e: { f: { g: SECRET } } } } } } },
  ])('under the name of its field: %j', (fields) => {
    expect(logged(fields)).not.toContain(SECRET);
  });

  it.each([
    `redis://user:${SECRET}@host:6379`,
    `postgres://user:a@${SECRET}@host/name`,
    `postgres://user:a/${SECRET}@host/name`,
    `postgres://host/name?user=u&password=${SECRET}&x=y`,
    `https://host/s/1?receipt=${SECRET}`,
  ])('within a text: %s', (text) => {
    for (const line of [logged({}, text), logged({ error: text }), logged({ err: new Error(text) })]) {
      expect(line).not.toContain(SECRET);
      expect(line).toContain('host');
    }
  });

  it('terminal control characters are escaped in every field', () => {
    const text = '\u001b[31m \u009b31m \u202e \u007f';
    const line = logged({ text, err: new Error(text) }, text);
    expect(line).toMatch(/^[\u0020-\u007e]*\n$/);
    expect(JSON.parse(line)).toMatchObject({ text, msg: text, err: { message: text } });
  });

  it('text that only resembles a secret stays as it is', () => {
    const at = new Date(0);
    const fields = { id: 'x', list: [1, null], url: 'http://host:3000/a?b=c', mail: 'a@b.example', at };
    expect(JSON.parse(logged(fields))).toMatchObject({ ...fields, at: at.toJSON() });
  });

  it('a circular object is logged without a crash', () => {
    const fields: Record<string, unknown> = { id: 'x', password: SECRET };
    fields['self'] = fields;
    expect(logged(fields)).toContain('"id":"x"');
    expect(logged(fields)).not.toContain(SECRET);
  });
});
