import { PassThrough } from 'node:stream';
import type { WriteStream } from 'node:tty';
import { expect, it } from 'vitest';
import { escapeControl, guardOutput, stripControl } from '@spillway/terminal';

const RED = '\u001b[31m';
/** One of each kind: C0, ESC, DEL, C1, bidi, invisible, separators, and one beyond the basic plane. */
const CONTROLS = [
  '\u0007',
  '\u001b',
  '\r',
  '\u007f',
  '\u009b',
  '\u202e',
  '\u2066',
  '\u200b',
  '\u2028',
  '\u{e0041}',
];

it.each(CONTROLS)('%j is shown and has no effect', (control) => {
  expect(stripControl(`a${control}b`)).toBe('a\ufffdb');
  expect(stripControl(`a${control}b`, { lines: true, colours: true })).toBe('a\ufffdb');
});

it.each(['Ünïcode', 'می‌خواهم', '👩‍💻', '日本語'])('%s stays as it is', (text) => {
  expect(stripControl(text)).toBe(text);
  expect(escapeControl(JSON.stringify(text))).toBe(JSON.stringify(text));
});

it('line breaks that are meant stay, of any kind', () => {
  expect(stripControl('a\n\tb\r\nc', { lines: true })).toBe('a\n\tb\nc');
  expect(stripControl('a\n\tb')).toBe('a\ufffd\ufffdb');
});

it('colours that are meant stay, and no other sequence does', () => {
  expect(stripControl(`${RED}a\u001b[39m`, { colours: true })).toBe(`${RED}a\u001b[39m`);
  expect(stripControl(`${RED}a`)).toBe('\ufffd[31ma');
  for (const sequence of ['\u001b[8m', '\u001b[2J', '\u001b]0;title\u0007', '\u001b[31;8m', '\u001b[38m'])
    expect(stripControl(`a${sequence}b`, { colours: true })).not.toContain('\u001b');
});

it.each(CONTROLS)('JSON with %j is escaped, and has the same meaning', (control) => {
  const json = `${JSON.stringify({ text: `a${control}b` })}\n`;
  const escaped = escapeControl(json);
  expect(escaped).toMatch(/^[\u0020-\u007e]*\n$/);
  expect(JSON.parse(escaped)).toEqual(JSON.parse(json));
});

it.each([
  [false, '\ufffd[31mred\ufffd[2J\n'],
  [true, `${RED}red\ufffd[2J\n`],
])('a guarded stream passes no sequence on, but colours to a person (%s)', (isTTY, shown) => {
  const stream = new PassThrough().setEncoding('utf8') as unknown as WriteStream;
  stream.isTTY = isTTY;
  guardOutput(stream);
  stream.write(`${RED}red\u001b[2J\n`);
  expect(stream.read()).toBe(shown);
  stream.write(Buffer.from(`${RED}red\u001b[2J\n`));
  expect(stream.read()).toBe(shown);
});
