import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parse } from 'csv-parse/sync';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditLog } from '@spillway/db';
import type { ListQuery } from '@spillway/queue';
import { exportResponse } from '../src/inspect/export.ts';
import type { Problem } from '../src/index.ts';
import { startWorld } from './world.ts';
import type { House, World } from './world.ts';

const MIB = 1024 * 1024;
const ROWS = 50_000;

let world: World;
let house: House;

beforeAll(async () => {
  world = await startWorld();
  house = await world.start();
});

afterAll(() => world.stop());

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** What is in use, without what is only not collected yet. */
function heldBytes(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function ask(query: string, role = 'viewer'): Promise<Response> {
  const headers = { cookie: `role=${role}` };
  return house.api.handleExport(new Request(`http://spillway.test/api/admin/export?${query}`, { headers }));
}

describe('an export', () => {
  it('of 50,000 rows streams, in as much memory as a few pages take', async () => {
    await house.db.execute(sql`
      INSERT INTO spillway.fallback_submissions (queue, id, form, data, digest, created_at, run_at)
      SELECT ${house.queue.name}, gen_random_uuid(), 'inbox', '{"n":' || n || ',"text":"' || repeat('lorem ipsum ', 80) || '"}', md5(n::text),
        now() - n * interval '1 ms', now() - n * interval '1 ms' FROM generate_series(1, ${ROWS}) n`);
    const response = await ask('list=postgres&format=ndjson');
    expect(response.headers.get('content-disposition')).toMatch(
      /attachment; filename="spillway-postgres-.*\.ndjson"/,
    );
    const beforeBytes = heldBytes();
    let lines = 0;
    let bytes = 0;
    let mostBytes = 0;
    let looks = 0;
    for await (const chunk of response.body ?? []) {
      bytes += chunk.byteLength;
      for (const byte of chunk) if (byte === 10) lines += 1;
      if (lines / 5_000 < looks) continue;
      looks += 1;
      mostBytes = Math.max(mostBytes, heldBytes() - beforeBytes);
    }
    const [fileMib, heldMib] = [bytes, mostBytes].map((one) => (one / MIB).toFixed(1));
    console.log(`${lines} rows, ${fileMib} MiB, at most ${heldMib} MiB more held`);
    expect(lines).toBe(ROWS);
    expect(bytes).toBeGreaterThan(50 * MIB);
    expect(mostBytes).toBeLessThan(20 * MIB);
  });

  it('reads at most one page ahead of its reader', async () => {
    let pages = 0;
    const { inspect, name } = house.queue;
    const list = (query: ListQuery) => {
      pages += 1;
      return inspect.list(query);
    };
    const counted = { name, inspect: { ...inspect, list } };
    const response = exportResponse(counted, house.db, { list: 'postgres' }, 'ndjson');
    const reader = response.body?.getReader();
    for (let n = 0; n < 3; n += 1) await reader?.read();
    await house.db.execute(sql`SELECT pg_sleep(0.2)`);
    expect(pages).toBeLessThanOrEqual(4);
    await reader?.cancel();
  });

  it('as CSV of large payloads lets other work run after each', async () => {
    const form = 'large';
    const rows = 40;
    await house.db.execute(sql`
      INSERT INTO spillway.fallback_submissions (queue, id, form, data, digest, created_at, run_at)
      SELECT ${house.queue.name}, gen_random_uuid(), ${form}, '{"a":"' || repeat('=,', 100000) || '"}', md5(n::text), now(), now()
      FROM generate_series(1, ${rows}) n`);
    const response = await ask(`list=postgres&format=csv&form=${form}`);
    let turns = 0;
    const counting = setInterval(() => (turns += 1), 1);
    const text = await response.text();
    clearInterval(counting);
    expect(text.split('\r\n')).toHaveLength(rows + 2);
    expect(turns).toBeGreaterThanOrEqual(rows);
  });

  it('as CSV runs nothing in a spreadsheet, and keeps what has commas, quotes and lines', async () => {
    await house.db.execute(sql`
      INSERT INTO spillway.submission_outcomes (queue, id, form, status, attempts, generation, digest, received_at, error, payload)
      VALUES (${house.queue.name}, gen_random_uuid(), 'inbox', 'dead', 3, 1, 'x', now(), '=HYPERLINK("http://evil.example","x")', '{"a":"1, \"2\"\\n3"}')`);
    const text = await (await ask('list=dead&format=csv')).text();
    const [head, row = ''] = text.split('\r\n');
    expect(head).toBe(
      'id,form,state,receivedAt,settledAt,runAt,attempts,reason,lastError,conflictsWith,payload',
    );
    expect(row).toContain(`"'=HYPERLINK(""http://evil.example"",""x"")"`);
  });

  it.each([',', ';', '\t'])('as CSV has no formula for a reader that separates by %j', async (separator) => {
    const signs = ['=', '+', '-', '@', '\uff1d', '\uff0b', '\uff0d', '\uff20', '\ufe66'];
    const befores = [
      '',
      'x,',
      'x;',
      'x\t',
      '\t',
      '\r',
      'x\n',
      'x\r\n',
      'x; ',
      'x;"',
      'x;""',
      'x,\u200b',
      'x;\ufeff',
    ];
    const texts = befores.flatMap((before) => signs.map((sign) => `${before}${sign}1+1`));
    const form = `formula${separator.codePointAt(0)}`;
    for (const text of texts)
      await house.db.execute(sql`
        INSERT INTO spillway.submission_outcomes (queue, id, form, status, attempts, generation, digest, received_at, error, payload)
        VALUES (${house.queue.name}, gen_random_uuid(), ${form}, 'dead', 3, 1, 'x', now(), ${text}, ${JSON.stringify({ text })})`);
    const csv = await (await ask(`list=dead&format=csv&form=${form}`)).text();
    const options = { delimiter: separator, relax_quotes: true, relax_column_count: true };
    const readings = [
      ...parse(csv, { ...options, quote: '"' }),
      ...parse(csv, { ...options, quote: false }),
    ] as string[][];
    const cells = readings.flat().map((cell) => cell.replace(/^[\s\p{C}"]+/u, ''));
    expect(cells.length).toBeGreaterThan(texts.length);
    expect(cells.filter((cell) => signs.some((sign) => cell.startsWith(sign)))).toEqual([]);
    const rows = (await (await ask(`list=dead&format=ndjson&form=${form}`)).text()).trim().split('\n');
    const exact = rows.map((row): string => JSON.parse(row).data.text);
    expect(exact.toSorted()).toEqual(texts.toSorted());
  });

  it.each([
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-user': '?1' },
    { origin: 'https://evil.example' },
  ])('that a page of another site asks for (%j) is refused, and not recorded', async (where) => {
    const recorded = () => house.db.$count(auditLog, sql`action = 'export'`);
    const before = await recorded();
    const headers = { cookie: 'role=viewer', ...where } as Record<string, string>;
    const request = (site: Record<string, string>) =>
      new Request('http://spillway.test/api/admin/export?list=dead', { headers: site });
    const refused = await house.api.handleExport(request(headers));
    expect([refused.status, await recorded()]).toEqual([403, before]);
    for (const site of ['same-origin', 'none']) {
      const own = await house.api.handleExport(request({ cookie: 'role=viewer', 'sec-fetch-site': site }));
      expect(own.status).toBe(200);
      await own.body?.cancel();
    }
  });

  it('applies the filter, is recorded, and needs the right to see', async () => {
    const text = await (await ask('list=postgres&format=ndjson&search=%22n%22%3A77%2C')).text();
    const rows = text
      .trim()
      .split('\n')
      .map((line): { data: { n: number } } => JSON.parse(line));
    expect(rows.map((row) => row.data.n)).toEqual([77]);
    const entries = await house.db
      .select()
      .from(auditLog)
      .where(sql`action = 'export'`);
    expect(entries.at(-1)).toMatchObject({
      by: 'viewer@example.com',
      result: 'postgres as ndjson',
      filter: { list: 'postgres', filter: { search: '"n":77,' } },
    });
    for (const [query, role, status] of [
      ['list=postgres', 'user', 403],
      ['list=nothing', 'viewer', 422],
      ['list=postgres&minAgeMs=soon', 'viewer', 422],
    ] as const) {
      const response = await ask(query, role);
      expect(response.status).toBe(status);
      const problem: Problem = JSON.parse(await response.text());
      expect(problem.status).toBe(status);
    }
  });
});
