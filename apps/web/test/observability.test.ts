import { waitFor } from '@spillway/devstack';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEnvironment } from './environment.ts';
import type { Environment } from './environment.ts';
import {
  exportedNames,
  metricsIn,
  readAlerts,
  readDashboard,
  readMetricTable,
} from './observability/dashboard.ts';
import { startReceiver } from './observability/otlp.ts';
import type { Receiver } from './observability/otlp.ts';
import { ONE_BY_ONE, newTraceId, playOutage, submit } from './observability/outage.ts';

const OPERATOR = {
  SPILLWAY_ADMIN_EMAIL: 'ops@example.com',
  SPILLWAY_ADMIN_PASSWORD: 'a-Rather-long-passphrase-7',
};

let receiver: Receiver;
let world: Environment;

beforeAll(async () => {
  receiver = await startReceiver();
  world = await startEnvironment({ ...receiver.env, ...OPERATOR, LOG_LEVEL: 'trace' });
  await world.startWorker({ ...receiver.env, ...ONE_BY_ONE, LOG_LEVEL: 'trace' });
});
afterAll(async () => {
  await world?.stop();
  await receiver?.close();
});

const names = (traceId: string) => receiver.trace(traceId).map(({ service, name }) => `${service}: ${name}`);
const find = (traceId: string, name: string) => receiver.trace(traceId).find((span) => span.name === name);
const get = async (url: string) => {
  const response = await fetch(url);
  return { status: response.status, text: await response.text() };
};

describe('a submission that is sent while Redis hangs, and dies', () => {
  let traceId: string;
  let id: string;

  it('is in one trace, from the sender’s request to the outcome', async () => {
    const played = await playOutage(world);
    ({ traceId, id } = played);
    expect(played.via).toBe('postgres');
    await waitFor(() => find(traceId, 'process default') !== undefined);
    expect(names(traceId)).toEqual(
      expect.arrayContaining([
        'spillway-web: POST /api/submit',
        'spillway-web: accept default',
        'spillway-web: push redis',
        'spillway-web: push postgres',
        'spillway-worker: recover default',
        'spillway-worker: process default',
        'spillway-worker: handle',
      ]),
    );
  });

  it('has the result of each step in its trace', () => {
    expect(find(traceId, 'accept default')?.attributes).toMatchObject({
      'messaging.message.id': id,
      'spillway.via': 'postgres',
    });
    expect(find(traceId, 'push redis')?.error).toBeDefined();
    expect(find(traceId, 'push postgres')?.attributes).toMatchObject({ 'spillway.reason': 'redis_hedge' });
    expect(find(traceId, 'recover default')?.attributes).toMatchObject({ 'spillway.answer': 'stored' });
    expect(find(traceId, 'process default')?.attributes).toMatchObject({
      'spillway.store': 'redis',
      'spillway.attempt': 1,
      'spillway.outcome': 'done',
    });
  });
});

describe('health', () => {
  it('shows the state of both stores, and no host and no secret', async () => {
    for (const url of [world.web.url, world.workerUrl()]) {
      const { status, text } = await get(`${url}/api/health/status`);
      expect(status).toBe(200);
      expect(JSON.parse(text)).toMatchObject({
        queue: 'default',
        accepts: true,
        stores: {
          redis: { state: 'up', keeps: 'disk', depth: { ready: 0 } },
          postgres: { state: 'up', keeps: 'disk', breaker: 'closed', pools: { accept: { waiting: 0 } } },
        },
        unpushed: 0,
        dead: 0,
      });
      expect(text).not.toContain('127.0.0.1');
    }
  });

  it('stays ready in the web process while Redis is dead, and in a worker too', async () => {
    await world.redis.kill();
    const told = async () => JSON.parse((await get(`${world.web.url}/api/health/status`)).text);
    await waitFor(async () => (await told()).stores.redis.state === 'down');
    for (const url of [world.web.url, world.workerUrl()]) {
      expect((await get(`${url}/api/health/ready`)).status).toBe(200);
      expect((await get(`${url}/api/health/live`)).status).toBe(200);
    }
    expect(await told()).toMatchObject({ accepts: true, accepting: 'postgres' });
    await world.redis.start();
    await waitFor(async () => (await told()).stores.redis.state === 'up');
  });
});

describe('metrics', () => {
  let exported: Record<'web' | 'worker', Set<string>>;
  beforeAll(async () => {
    const namesAt = async (url: string) => exportedNames((await get(`${url}/api/metrics`)).text);
    exported = { web: await namesAt(world.web.url), worker: await namesAt(world.workerUrl()) };
  });

  it('are exported by both processes as the table in the documentation says, and no others', async () => {
    const table = await readMetricTable();
    const ours = (from: Set<string>) =>
      [...from]
        .filter((name) => name.startsWith('spillway_') && !/_(bucket|sum|count)$/.test(name))
        .toSorted();
    for (const app of ['web', 'worker'] as const) {
      const documented = table.filter(({ apps }) => apps.includes(app)).map(({ name }) => name);
      expect(ours(exported[app]), app).toEqual(documented.toSorted());
    }
  });

  it('are the only ones that the dashboard and the alert rules ask for', async () => {
    const all = new Set([...exported.web, ...exported.worker]);
    const queries = (await readDashboard()).map(({ expression }) => expression).join('\n');
    for (const [what, text] of [
      ['dashboard', queries],
      ['alerts', await readAlerts()],
    ] as const) {
      const asked = metricsIn(text);
      expect(asked.size).toBeGreaterThan(10);
      expect(
        [...asked].filter((name) => !all.has(name)),
        what,
      ).toEqual([]);
    }
  });
});

describe('what the processes write', () => {
  it('logs and spans hold no answers, no password and no receipt', async () => {
    const message = 'Nobody but the office may read this.';
    const { url } = await submit(world.web.url, message, newTraceId());
    const code = new URL(url).searchParams.get('receipt') ?? '';
    expect((await get(url)).status).toBe(200);
    await waitFor(() => receiver.text().includes('/s/'));
    const written = [world.web.output(), world.workerOutput(), receiver.text()].join('\n');
    expect(written).toContain('"service":"web"');
    for (const secret of [message, 'ada@example.com', code, OPERATOR.SPILLWAY_ADMIN_PASSWORD])
      expect(written).not.toContain(secret);
  });
});
