import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { WriteStream } from 'node:tty';
import { describe, expect, it } from 'vitest';
import { createOut } from '../src/out.ts';

const RED = '\u001b[31m';
const OTHERS = 'a\u001b[2J\u009b31m\u202eb';
// oxlint-disable-next-line no-control-regex -- it is these that must be gone
const OBEYED = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/;

function terminal(isTTY: boolean) {
  const stream = new PassThrough().setEncoding('utf8') as unknown as WriteStream;
  stream.isTTY = isTTY;
  return stream;
}

describe.each([true, false])('the output of a command, to a terminal or not (%s)', (isTTY) => {
  it('text of other people cannot control the terminal', () => {
    const [stdout, stderr] = [terminal(isTTY), terminal(isTTY)];
    const out = createOut(stdout, stderr);
    out.print(OTHERS);
    out.json({ text: OTHERS });
    out.note(OTHERS);
    const results = String(stdout.read());
    expect(results).not.toMatch(OBEYED);
    expect(String(stderr.read())).not.toMatch(OBEYED);
    expect(JSON.parse(results.slice(results.indexOf('{')))).toEqual({ text: OTHERS });
  });

  it('the colours of the command stay', () => {
    const stdout = terminal(isTTY);
    createOut(stdout, terminal(isTTY)).print(`${RED}danger\u001b[39m`);
    expect(stdout.read()).toBe(`${RED}danger\u001b[39m\n`);
  });

  it('a file is copied unchanged, except to a terminal', async () => {
    const stdout = terminal(isTTY);
    const { copy } = createOut(stdout, terminal(isTTY));
    await copy(
      Readable.from([Buffer.from(OTHERS.slice(0, 3)), Buffer.from(OTHERS.slice(3))]),
      new AbortController().signal,
    );
    stdout.end();
    const copied = await text(stdout);
    if (isTTY) expect(copied).not.toMatch(OBEYED);
    else expect(copied).toBe(OTHERS);
  });
});
