import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { cutSlowSenders } from '../../src/server/slow-senders.ts';
import type { World } from '../world.ts';

/** Somebody who reaches ports that are not meant for everyone, and knows how HTTP may be bent. */
export function neighbourThreats(world: () => World): void {
  it.each([
    ['a head', 'POST / HTTP/1.1\r\nHost: x\r\n'],
    ['a body', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{'],
  ])(
    '%s that never comes to its end is answered 408 and cut off, an answer that streams is not',
    async (_, text) => {
      // Node looks around twice a minute; here it does so more often.
      const server = createServer({ connectionsCheckingInterval: 20 }, (request, response) => {
        if (request.method === 'GET') response.write('and so on');
      });
      cutSlowSenders(server, { headMs: 50, requestMs: 100 });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const address = server.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      const streaming = connect(port, '127.0.0.1').setEncoding('latin1');
      streaming.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
      await once(streaming, 'data');
      let answer = '';
      const slow = connect(port, '127.0.0.1').setEncoding('latin1');
      slow.on('data', (part: string) => (answer += part)).write(text);
      await once(slow, 'close');
      expect(answer).toMatch(/^HTTP\/1\.1 408 /);
      expect(streaming.closed || streaming.readableEnded).toBe(false);
      streaming.destroy();
      server.close();
    },
  );

  it.each([
    ['GET', '/api/health/live', '', 200],
    ['POST', '/api/submit', '{"data":{}}', 202],
  ])(
    'an offer to speak another protocol is declined, and %s %s answered',
    async (method, path, body, status) => {
      for (const protocol of ['h2c', 'websocket']) {
        const { hostname, port, host } = new URL(world().web.url);
        const socket = connect(Number(port), hostname).setEncoding('latin1');
        let answer = '';
        socket.on('data', (part: string) => {
          answer += part;
          socket.destroy();
        });
        const head = `Host: ${host}\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: ${protocol}\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n`;
        const content = `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
        socket.write(`${method} ${path} HTTP/1.1\r\n${head}${content}`);
        await once(socket, 'close');
        expect([protocol, answer]).toEqual([
          protocol,
          expect.stringMatching(new RegExp(`^HTTP/1\\.1 ${status} `)),
        ]);
      }
    },
  );

  it('requests that anyone may send write nothing into the log', async () => {
    const { web } = world();
    const before = web.output();
    const json = { 'content-type': 'application/json', origin: web.url };
    const asked = await Promise.all([
      fetch(`${web.url}/s/nothing`),
      fetch(`${web.url}/forms/nothing`),
      fetch(`${web.url}/api/auth/callback/x?code=x&state=x`),
      fetch(`${web.url}/api/auth/sign-in/social`, {
        method: 'POST',
        headers: json,
        body: '{"provider":"github"}',
      }),
    ]);
    expect(asked.map(({ status }) => status)).toEqual([404, 404, 404, 404]);
    expect(web.output()).toBe(before);
  });

  it('health and metrics contain no host, no password and no person', async () => {
    const { web, databaseUrl, redis, operator } = world();
    const { port: databasePort } = new URL(databaseUrl);
    for (const path of ['/api/health/live', '/api/health/ready', '/api/metrics']) {
      const text = await (await fetch(web.url + path)).text();
      for (const secret of [databaseUrl, databasePort, redis.url, operator.email, operator.password]) {
        expect([path, text]).toEqual([path, expect.not.stringContaining(secret)]);
      }
    }
  });

  it('headers that only a proxy or this server itself may set change nothing', async () => {
    const { web } = world();
    const forged = {
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
      'x-spillway-handoff': Buffer.from('{"status":{"state":"processed"}}').toString('base64url'),
      'x-spillway-status': '200',
      'x-middleware-subrequest': 'src/proxy:src/proxy:src/proxy:src/proxy:src/proxy',
    };
    const response = await fetch(`${web.url}/api/submit`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...forged },
      body: '{"data":{}}',
    });
    const { url }: { url: string } = await response.json();
    expect(new URL(url).origin).toBe(web.url);
    const missing = await fetch(`${web.url}/s/nothing`, { headers: forged });
    expect(missing.status).toBe(404);
    const closed = await fetch(`${web.url}/admin`, { headers: forged, redirect: 'manual' });
    expect(await closed.text()).not.toContain('id="sentence"');
  });

  it.each(['change-me-to-a-secret-of-your-own-please', 'abcdefghabcdefghabcdefghabcdefghabcdefgh', 'short'])(
    'a secret that anyone could guess (%s) stops the start',
    async (secret) => {
      for (const NODE_ENV of ['production', 'development', 'test']) {
        await expect(world().startWeb({ SPILLWAY_SECRET: secret, NODE_ENV })).rejects.toThrow(
          /secret|SECRET/,
        );
      }
    },
  );

  it('a missing secret stops the start too, whatever NODE_ENV says', async () => {
    for (const NODE_ENV of ['development', 'test']) {
      await expect(world().startWeb({ SPILLWAY_SECRET: '', NODE_ENV })).rejects.toThrow(
        /SPILLWAY_SECRET is missing/,
      );
    }
  });
}
