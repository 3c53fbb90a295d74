import { waitFor } from '@spillway/devstack';
import { newId } from '@spillway/queue';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENDPOINTS, startWorld } from './world.ts';
import type { House, World } from './world.ts';

let world: World;
let house: House;
beforeAll(async () => {
  world = await startWorld();
  house = await world.start();
});
afterAll(async () => {
  await world.stop();
});

const up = (store: 'redis' | 'postgres') => waitFor(() => house.queue.health()[store].state === 'up');

async function status(id: string, code: string, asked: House = house) {
  const url = `http://spillway.test/api/submissions/${id}?receipt=${encodeURIComponent(code)}`;
  const response = await asked.api.handleStatus(new Request(url), id);
  const body: Record<string, unknown> = JSON.parse(await response.text());
  return { status: response.status, body, headers: response.headers };
}

/** What the worker made of a submission: the text of each row, and there is but one. */
async function processed(id: string): Promise<string[]> {
  const { rows } = await house.db.$client.query<{ text: string }>(
    'select data::text as text from submissions where id = $1',
    [id],
  );
  return rows.map(({ text }) => text);
}

/** JSON texts that lesser columns, parsers and copies change. Each is sent and kept with exactly these bytes. */
const TEXTS = [
  ['NUL characters', '{"a":"\\u0000","\\u0000":1}'],
  ['lone surrogates', '{"a":"\\ud800 and \\udfff"}'],
  ['__proto__ keys', '{"__proto__":{"admin":true},"constructor":{"prototype":1},"a":{"__proto__":2}}'],
  ['keys in their order', '{"z":1,"y":[{"b":1,"a":2}],"x":null}'],
  ['text of the whole world', '{"a":"😀 é 漢字 \\" \\\\ \\n"}'],
] as const;

describe('the same bytes come out of either store', () => {
  it.each(
    TEXTS.flatMap(([name, text]) =>
      (['rest', 'trpc'] as const).map((channel) => [name, channel, text] as const),
    ),
  )('%s through %s', async (_, channel, text) => {
    await up('redis');
    const viaRedis = await ENDPOINTS[channel](house.api, `{"data":${text}}`);
    expect(viaRedis.receipt.via).toBe('redis');
    expect((await house.queue.inspect.find(viaRedis.receipt.id))?.payload).toBe(text);
    expect(Reflect.get({}, 'admin')).toBeUndefined();
  });

  it('while Redis is dead they are in Postgres, and with Redis back in `submissions`, each once', async () => {
    await up('redis');
    const before = await Promise.all(TEXTS.map(([, text]) => ENDPOINTS.rest(house.api, `{"data":${text}}`)));
    await world.redis.kill();
    const during = await Promise.all(TEXTS.map(([, text]) => ENDPOINTS.trpc(house.api, `{"data":${text}}`)));
    expect(new Set(during.map(({ receipt }) => receipt.via))).toEqual(new Set(['postgres']));
    for (const [index, { receipt }] of during.entries()) {
      expect((await house.queue.inspect.find(receipt.id))?.payload).toBe(TEXTS[index]?.[1]);
    }
    await world.redis.start();
    const worker = house.work();
    for (const [index, { receipt }] of [...before, ...during].entries()) {
      await waitFor(async () => (await status(receipt.id, receipt.receipt)).body['state'] === 'processed');
      expect(await processed(receipt.id)).toEqual([TEXTS[index % TEXTS.length]?.[1]]);
    }
    await worker.stop();
  });
});

describe('the status', () => {
  it('is told to who has the code, never cached, and without the payload', async () => {
    const { receipt } = await ENDPOINTS.rest(house.api, { data: { secret: 'hunter2' } });
    const { status: code, body, headers } = await status(receipt.id, receipt.receipt);
    expect(code).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body).toMatchObject({ id: receipt.id, keeps: 'disk', attempts: 0, heldBy: [receipt.via] });
    expect(['waiting', 'received']).toContain(body['state']);
    expect(JSON.stringify(body)).not.toContain('hunter2');
    expect((await status(receipt.id.toUpperCase(), receipt.receipt)).body['id']).toBe(receipt.id);
  });

  it('is not told without it, and not that there is anything to tell', async () => {
    const { receipt } = await ENDPOINTS.rest(house.api, { data: {} });
    const wrong = await status(receipt.id, 'x'.repeat(22));
    expect(wrong.status).toBe(404);
    expect(wrong.body).toMatchObject({ type: '/problems/not-found', code: 'not-found' });
    for (const [id, code] of [
      [receipt.id, ''],
      [newId(), receipt.receipt],
      ['no id', receipt.receipt],
      ['../../etc', ''],
    ] as const) {
      const other = await status(id, code);
      expect({ status: other.status, body: other.body }).toEqual({ status: wrong.status, body: wrong.body });
    }
  });

  it('is missing if no store has the submission, so that the sender sends again', async () => {
    const id = newId();
    const { receipt } = await ENDPOINTS.rest(house.api, { id, data: { first: true } });
    const other = await world.start();
    expect((await status(id, receipt.receipt, other)).body['state']).toBe('missing');
  });
});

describe('with both stores dead', () => {
  it('senders get a true answer and the time to come back; earlier submissions get no invented state', async () => {
    await Promise.all([up('redis'), up('postgres')]);
    const { receipt } = await ENDPOINTS.rest(house.api, { data: { before: true } });
    await Promise.all([world.redis.kill(), world.postgres.kill()]);
    try {
      for (const channel of ['rest', 'trpc'] as const) {
        const id = newId();
        const { status: code, headers, problem } = await ENDPOINTS[channel](house.api, { id, data: {} });
        expect(code).toBe(503);
        expect(problem).toMatchObject({ code: 'not-accepted', id, indeterminate: expect.any(Boolean) });
        expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
        expect(headers.get('retry-after')).toBe(String(problem.retryAfterSeconds));
      }
      expect(await status(receipt.id, receipt.receipt)).toMatchObject({
        status: 200,
        body: { state: 'received' },
      });
      const ready = house.api.handleReady();
      expect(ready.status).toBe(503);
      expect(await ready.json()).toMatchObject({
        status: 'unavailable',
        redis: { state: 'down' },
        postgres: { state: 'down' },
      });
      expect(house.api.handleLive().status).toBe(200);
    } finally {
      await Promise.all([world.redis.start(), world.postgres.start()]);
    }
    await Promise.all([up('redis'), up('postgres')]);
    await waitFor(async () => (await ENDPOINTS.rest(house.api, { data: { after: true } })).status === 202);
    const worker = house.work();
    await waitFor(async () => (await status(receipt.id, receipt.receipt)).body['state'] === 'processed');
    expect(await processed(receipt.id)).toEqual(['{"before":true}']);
    await worker.stop();
  });
});

describe('health and metrics', () => {
  it('stay ready while Redis is dead', async () => {
    await world.redis.kill();
    await waitFor(() => house.queue.health().redis.state === 'down');
    const ready = house.api.handleReady();
    expect(ready.status).toBe(200);
    expect(await ready.json()).toEqual({
      status: 'ok',
      redis: { state: 'down', since: expect.any(String), keeps: expect.any(String) },
      postgres: { state: 'up', since: expect.any(String), keeps: 'disk' },
    });
    const metrics = await house.api.handleMetrics();
    expect(metrics.headers.get('content-type')).toContain('text/plain');
    const text = await metrics.text();
    expect(text).toContain('spillway_store_up{queue="house-1",store="redis"} 0');
    expect(text).toContain('spillway_store_up{queue="house-1",store="postgres"} 1');
    expect(text).toMatch(/spillway_accepted_total\{queue="house-1",door="rest",via="redis"\} [1-9]/);
    expect(text).toMatch(/spillway_accepted_total\{queue="house-1",door="trpc",via="postgres"\} [1-9]/);
    expect(text).toMatch(/spillway_refused_total\{queue="house-1",door="rest",code="not-accepted"\} 1/);
    expect(text).toContain('spillway_accept_seconds_bucket');
    expect(text).toContain('process_resident_memory_bytes');
    await world.redis.start();
    await up('redis');
  });

  it('say that the process restarts, once the queue is closed', async () => {
    const closed = await world.start();
    await closed.queue.close();
    for (const channel of ['rest', 'trpc'] as const) {
      const { status: code, problem, headers } = await ENDPOINTS[channel](closed.api, { data: {} });
      expect(code).toBe(503);
      expect(problem).toMatchObject({ code: 'shutting-down', indeterminate: false });
      expect(headers.get('retry-after')).toBe('1');
    }
  });
});

it('all of this caused no unexpected error', () => expect(house.surprises).toEqual([]));
