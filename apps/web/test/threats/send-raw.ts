import { once } from 'node:events';
import { connect } from 'node:net';

const CHUNK_BYTES = 64 * 1024;

/** Sends these bytes and gives all that comes back until the connection ends. */
export async function sendRaw(url: string, text: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let answer = '';
  socket.setEncoding('latin1').on('data', (part: string) => (answer += part));
  socket.on('error', () => {}).write(text);
  await once(socket, 'close');
  return answer;
}

interface Answered {
  readonly status: number;
  readonly sentBytes: number;
}

/**
 * Posts a body without an end, in chunks, until it is answered or cut off. Status 0: cut off before the answer could be
 * read, as may happen to whoever goes on sending.
 */
export async function postEndlessly(
  url: string,
  headers: Record<string, string>,
  maxBytes: number,
): Promise<Answered> {
  const { hostname, port, host, pathname } = new URL(url);
  const socket = connect(Number(port), hostname);
  let answer = '';
  let isOpen = true;
  socket.setEncoding('latin1').on('data', (text: string) => (answer += text));
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  const answered = new Promise<void>((resolve) => socket.once('data', () => resolve()));
  socket.on('error', () => {}).once('close', () => (isOpen = false));
  await once(socket, 'connect');
  const lines = Object.entries({ host, 'transfer-encoding': 'chunked', ...headers });
  socket.write(`POST ${pathname} HTTP/1.1\r\n${lines.map((line) => line.join(': ')).join('\r\n')}\r\n\r\n`);
  const chunk = `${CHUNK_BYTES.toString(16)}\r\n${' '.repeat(CHUNK_BYTES)}\r\n`;
  let sentBytes = 0;
  while (isOpen && answer === '' && sentBytes < maxBytes) {
    if (!socket.write(chunk)) {
      const drained = new Promise<void>((resolve) => socket.once('drain', resolve));
      await Promise.race([drained, answered, closed]);
    }
    sentBytes += CHUNK_BYTES;
  }
  socket.destroy();
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0), sentBytes };
}
