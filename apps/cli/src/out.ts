import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { WriteStream } from 'node:tty';
import { styleText } from 'node:util';
import { escapeControl, stripControl } from '@spillway/terminal';

type Style = 'bold' | 'dim' | 'red' | 'yellow' | 'green' | 'cyan';

/**
 * A command writes results to stdout and everything else to stderr. Control characters in the text never reach a terminal; only
 * the command's own colours do.
 */
export interface Out {
  print(text?: string): void;
  /** One JSON document, or one line of NDJSON. */
  json(value: unknown, options?: { readonly line: boolean }): void;
  note(text: string): void;
  /** A file as it is, and on a terminal as text. Resolves at its end. */
  copy(file: Readable, signal: AbortSignal): Promise<void>;
  /** Colours only where stdout is a terminal, and NO_COLOR is not set. */
  paint(style: Style, text: string): string;
  /** How wide results may be. */
  readonly width: number;
  /** Replaces the text that it showed before; on a terminal only. */
  readonly live: { show(text: string): void; clear(): void };
  readonly isTerminal: boolean;
}

const WRAP_AT = 100;
const STANDARD_COLUMNS = 80;

export function createOut(stdout: WriteStream, stderr: WriteStream): Out {
  let shown = 0;
  const clear = () => {
    if (shown > 0) stderr.write(`\r${shown > 1 ? `\u001b[${shown - 1}A` : ''}\u001b[J`);
    shown = 0;
  };
  return {
    print: (text = '') => void stdout.write(`${visible(text)}\n`),
    json: (value, options) =>
      void stdout.write(`${escapeControl(JSON.stringify(value, null, options?.line ? 0 : 2))}\n`),
    note: (text) => {
      clear();
      stderr.write(`${visible(text)}\n`);
    },
    copy: (file, signal) =>
      stdout.isTTY
        ? pipeline(file, asText, stdout, { signal, end: false })
        : pipeline(file, stdout, { signal, end: false }),
    // `styleText` itself checks the stream, NO_COLOR and FORCE_COLOR.
    paint: (style, text) => styleText(style, text, { stream: stdout }),
    get width() {
      return stdout.isTTY ? columnsOf(stdout) : Number.POSITIVE_INFINITY;
    },
    live: {
      show(text) {
        if (!stderr.isTTY) return;
        clear();
        const lines = visible(text)
          .split('\n')
          .map((line) => cut(line, columnsOf(stderr) - 1));
        stderr.write(lines.join('\n'));
        shown = lines.length;
      },
      clear,
    },
    isTerminal: stdout.isTTY,
  };
}

function visible(text: string): string {
  return stripControl(text, { lines: true, colours: true });
}

async function* asText(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  for await (const chunk of chunks)
    yield stripControl(decoder.decode(chunk, { stream: true }), { lines: true });
}

/** A terminal may not know how wide it is. */
function columnsOf(stream: WriteStream): number {
  return stream.columns || STANDARD_COLUMNS;
}

/** Where running text is broken. */
export function textWidth(out: Out): number {
  return Math.min(out.width, WRAP_AT);
}

/** A longer line would wrap, and could then not be taken back. */
function cut(line: string, width: number): string {
  // oxlint-disable-next-line no-control-regex -- the colours that we put there
  const plain = line.replace(/\u001b\[\d*m/g, '');
  return plain.length <= width ? line : `${plain.slice(0, width - 1)}…`;
}

/** "███████░░░░░" */
export function bar(share: number, width = 24): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * width);
  return `${'█'.repeat(full)}${'░'.repeat(width - full)}`;
}
