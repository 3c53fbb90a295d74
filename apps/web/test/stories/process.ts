import { connect } from 'node:net';
import { newId } from '@spillway/queue';
import { expect, it } from 'vitest';
import type { World } from '../world.ts';

/** What holds for the process itself. */
export function processStories(world: () => World): void {
  it('an invented x-forwarded-for does not evade a limit', async () => {
    const web = await world().startWeb({ RATE_LIMIT: '2' });
    const send = async (claimed: string) => (await submitFrom(web.url, claimed)).status;
    try {
      expect([await send('198.51.100.1'), await send('198.51.100.2'), await send('198.51.100.3')]).toEqual([
        202, 202, 429,
      ]);
    } finally {
      await web.stop();
    }
  });

  it('behind a trusted proxy, the address that it appended is the one that counts', async () => {
    const web = await world().startWeb({ RATE_LIMIT: '1', SPILLWAY_TRUST_PROXY: '1' });
    const send = async (forwarded: string) => (await submitFrom(web.url, forwarded)).status;
    try {
      expect(await send('198.51.100.1, 203.0.113.1')).toBe(202);
      expect(await send('198.51.100.2, 203.0.113.1')).toBe(429);
      expect(await send('198.51.100.2, 203.0.113.2')).toBe(202);
    } finally {
      await web.stop();
    }
  });

  it('SIGTERM closes open streams cleanly, and then ends the process', async () => {
    const web = await world().startWeb({ RATE_LIMIT: 'off' });
    const { cookies } = await world().session();
    const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
    const stream = await fetch(`${web.url}/api/trpc/admin.watch?input=%7B%7D`, { headers: { cookie } });
    const reader = stream.body?.getReader() ?? expect.fail('There is no stream.');
    expect(new TextDecoder().decode((await reader.read()).value)).toContain('event: connected');
    const ended = readToEnd(reader);
    expect(await web.stop()).toBe(143);
    // Rejects where the process ended first, as it does once its time is over.
    await ended;
  });

  it('a request that never ends does not delay the end of the process', async () => {
    const web = await world().startWeb({ RATE_LIMIT: 'off' });
    const socket = connect(Number(new URL(web.url).port), '127.0.0.1');
    socket.on('error', () => {});
    const head =
      'POST /api/submit HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{';
    await new Promise<void>((sent) => void socket.write(head, () => sent()));
    expect(await web.stop()).toBe(143);
    socket.destroy();
  });

  it('without a secret, a production start is refused and says what to do', async () => {
    await expect(world().startWeb({ SPILLWAY_SECRET: '' })).rejects.toThrow(/SPILLWAY_SECRET is missing/);
  });
}

async function readToEnd(reader: ReadableStreamDefaultReader<unknown>): Promise<void> {
  while (!(await reader.read()).done);
}

function submitFrom(url: string, forwarded: string): Promise<Response> {
  return fetch(`${url}/api/submit`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': forwarded },
    body: JSON.stringify({ id: newId(), data: { from: forwarded } }),
  });
}
