import { once } from 'node:events';
import { type Socket, createConnection, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type FaultProxy, type RedisServer, startProxy, startRedis, waitFor } from '../src/index.ts';
import { isSilent, redisClient } from './helpers.ts';

let redis: RedisServer;
let proxy: FaultProxy;

beforeAll(async () => {
  redis = await startRedis();
  proxy = await startProxy(redis);
});
afterEach(() => proxy.heal());
afterAll(async () => {
  await proxy.close();
  await redis.stop();
});

const connect = () => redisClient(proxy.url(redis.url));

test('without faults everything passes, and the connections are counted', async () => {
  const client = await connect();
  const value = 'x'.repeat(2_000_000);
  await client.set('big', value);
  expect(await client.get('big')).toBe(value);
  expect(proxy.connections).toBe(1);
  client.disconnect();
  await waitFor(() => proxy.connections === 0);
});

test('its URL differs from the original only in host and port', () => {
  expect(proxy.url('postgres://me:pw@db.example:5432/app?x=1')).toBe(
    `postgres://me:pw@127.0.0.1:${proxy.port}/app?x=1`,
  );
});

test('a delay holds each direction back and keeps the order', async () => {
  const client = await connect();
  proxy.delay(60);
  const start = performance.now();
  const replies = await Promise.all([client.incr('n'), client.incr('n'), client.incr('n')]);
  expect(performance.now() - start).toBeGreaterThanOrEqual(119);
  expect(replies).toEqual([1, 2, 3]);
  proxy.delay(0);
  expect(await client.incr('n')).toBe(4);
});

test('through a black hole nothing passes until it heals; then an unanswered request still arrives', async () => {
  const client = await connect();
  proxy.blackhole();
  expect(await isSilent(client.set('ghost', 'landed'))).toBe(true);
  client.disconnect();
  const late = createConnection(proxy.port, '127.0.0.1');
  onTestFinished(() => {
    late.destroy();
  });
  await once(late, 'connect');
  late.write('SET late yes\r\n');
  expect(await redis.command('EXISTS', 'ghost', 'late')).toBe(0);
  proxy.heal();
  await waitFor(async () => (await redis.command('EXISTS', 'ghost', 'late')) === 2);
  expect(String(await waitFor(() => late.read() as Buffer | null))).toBe('+OK\r\n');
});

test('dropped replies leave the request done', async () => {
  const client = await connect();
  proxy.dropReplies();
  expect(await isSilent(client.set('unheard', 'yes'))).toBe(true);
  expect(await redis.command('GET', 'unheard')).toBe('yes');
});

test('a cut ends every connection and refuses new ones until it heals', async () => {
  const client = await connect();
  const ended = once(client, 'end');
  proxy.cut();
  await ended;
  expect(proxy.connections).toBe(0);
  const refused = createConnection(proxy.port, '127.0.0.1');
  await expect(once(refused, 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  proxy.heal();
  const next = await waitFor(connect);
  expect(await next.ping()).toBe('PONG');
});

test('a cut closes connections cleanly, a reset breaks them', async () => {
  const endOf = async (fault: () => void) => {
    const socket = createConnection(proxy.port, '127.0.0.1');
    await once(socket, 'connect');
    await waitFor(() => proxy.connections === 1);
    socket.resume();
    const how = Promise.race([
      once(socket, 'end').then(() => 'FIN'),
      new Promise((resolve) => socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code))),
    ]);
    fault();
    return how;
  };
  expect(await endOf(() => proxy.reset())).toBe('ECONNRESET');
  expect(await (await connect()).ping()).toBe('PONG');
  proxy.reset();
  await waitFor(() => proxy.connections === 0);
  expect(await endOf(() => proxy.cut())).toBe('FIN');
});

test('a reset on reply delivers half of it, once', async () => {
  await redis.command('SET', 'half', 'abcdefgh');
  const socket = createConnection(proxy.port, '127.0.0.1');
  await once(socket, 'connect');
  proxy.resetOnReply();
  const received: Buffer[] = [];
  socket.on('data', (chunk) => received.push(chunk));
  const broken = once(socket, 'close').catch((error: unknown) => error);
  socket.write('GET half\r\n');
  expect(await broken).toMatchObject({ code: 'ECONNRESET' });
  expect(Buffer.concat(received).toString()).toBe('$8\r\nabc');
  expect(await (await connect()).get('half')).toBe('abcdefgh');
});

test('a client that ends its half of the connection still gets its reply', async () => {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.resume().on('end', () => socket.end('goodbye'));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const half = await startProxy(server.address() as AddressInfo);
  onTestFinished(async () => {
    await half.close();
    server.close();
  });
  const client = createConnection({ port: half.port, host: '127.0.0.1', allowHalfOpen: true });
  client.end('hello');
  const [reply] = await once(client, 'data');
  expect(String(reply)).toBe('goodbye');
});

test('without a target a connection is reset', async () => {
  const lonely = await startProxy({ port: 1 });
  onTestFinished(() => lonely.close());
  const socket = createConnection(lonely.port, '127.0.0.1');
  await expect(once(socket, 'close')).rejects.toMatchObject({ code: 'ECONNRESET' });
});

test('ends, even if connections are reset while they are ending', async () => {
  const other = await startProxy(redis);
  const client = createConnection(other.port, '127.0.0.1');
  await once(client, 'connect');
  await waitFor(() => other.connections === 1);
  client.on('error', () => {});
  other.blackhole();
  client.end();
  await once(client, 'finish');
  // So that the end has arrived, and waits.
  await redis.command('PING');
  other.heal();
  other.reset();
  await other.close();
  expect(other.connections).toBe(0);
});
