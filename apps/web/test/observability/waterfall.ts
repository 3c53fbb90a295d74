import type { Moment } from './outage.ts';
import type { ReceivedSpan } from './otlp.ts';

/*
 * A trace as a picture: a file that the docs can show, in the reader's colours. Drawn from spans as they were received.
 */

const WIDTH = 960;
const NAMES = 210;
const RIGHT = 20;
const TOP = 96;
const ROW = 26;
const BAR = 14;
/** What is over in no time is to be seen all the same. */
const LEAST = 3;
/** How wide a letter is on average: what does not fit behind a bar stands before it. */
const CHARACTER = 6.4;

const SHOWN_STEPS = ['BaseServer.handleRequest', 'AppRouteRouteHandlers.runHandler'];

const STYLE = `
  text { font: 12px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: #1f2328; }
  .title { font-weight: 600; font-size: 15px; } .quiet { fill: #59636e; }
  .web { fill: #0b6bcb; } .worker { fill: #2a9d5c; } .failed { fill: #d1242f; }
  .moment { stroke: #9a6700; stroke-dasharray: 3 3; } .moment-name { fill: #9a6700; } .grid { stroke: #d1d9e0; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; } .quiet { fill: #9198a1; } .web { fill: #4493f8; } .worker { fill: #3fb950; }
    .failed { fill: #f85149; } .moment { stroke: #d29922; } .moment-name { fill: #d29922; } .grid { stroke: #3d444d; }
  }`;

/** Draws the spans, each below what it is within, and what happened meanwhile. */
export function drawTrace(title: string, spans: readonly ReceivedSpan[], moments: readonly Moment[]): string {
  const rows = inOrder(spans.filter(isTelling));
  const beginMs = Math.min(...spans.map((span) => span.startMs), ...moments.map(({ atMs }) => atMs));
  const endMs = Math.max(...spans.map((span) => span.endMs), ...moments.map(({ atMs }) => atMs));
  const scale = (WIDTH - NAMES - RIGHT) / Math.max(1, endMs - beginMs);
  const x = (ms: number) => NAMES + (ms - beginMs) * scale;
  const bottom = TOP + rows.length * ROW;
  const parts = [
    text(0, 18, title, 'title'),
    text(0, 38, `${Math.round(endMs - beginMs)} ms, one trace, two processes`, 'quiet'),
    ...legend(),
    ...moments.flatMap(({ atMs, what }, index) => [
      line(x(atMs), 62 + (index % 2) * 14, bottom),
      momentName(x(atMs), 58 + (index % 2) * 14, what),
    ]),
    ...rows.flatMap(({ span, depth }, index) => {
      const y = TOP + index * ROW;
      const width = Math.max(LEAST, (span.endMs - span.startMs) * scale);
      const kind = span.error === undefined ? span.service.replace('spillway-', '') : 'failed';
      return [
        text(depth * 12, y + BAR - 2, span.name),
        `<rect x="${round(x(span.startMs))}" y="${y}" width="${round(width)}" height="${BAR}" rx="2" class="${kind}"/>`,
        wordsBeside(x(span.startMs), width, y + BAR - 2, describe(span)),
      ];
    }),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 -4 ${WIDTH} ${bottom + 8}" width="${WIDTH}" role="img">
<title>${escape(title)}</title>
<style>${STYLE}</style>
${parts.join('\n')}
</svg>
`;
}

/** Next's own steps within a request are over before they can be seen. */
function isTelling({ attributes }: ReceivedSpan): boolean {
  const step = attributes['next.span_type'];
  return step === undefined || SHOWN_STEPS.includes(String(step));
}

/** Depth first, so that each stands below what it is within. */
function inOrder(spans: readonly ReceivedSpan[]): { span: ReceivedSpan; depth: number }[] {
  const ids = new Set(spans.map((span) => span.spanId));
  const below = (parent: string | undefined, depth: number): { span: ReceivedSpan; depth: number }[] =>
    spans
      .filter((span) => (ids.has(span.parentSpanId) ? span.parentSpanId : undefined) === parent)
      .flatMap((span) => [{ span, depth }, ...below(span.spanId, depth + 1)]);
  return below(undefined, 0);
}

function describe({ startMs, endMs, error, attributes }: ReceivedSpan): string {
  const ms = endMs - startMs;
  const words = [`${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`];
  for (const key of ['reason', 'answer', 'via', 'store', 'outcome'])
    if (attributes[`spillway.${key}`] !== undefined) words.push(String(attributes[`spillway.${key}`]));
  if (error !== undefined && attributes['spillway.answer'] === undefined) words.push(error);
  return words.join(', ');
}

function wordsBeside(x: number, width: number, y: number, words: string): string {
  const fits = x + width + 6 + words.length * CHARACTER < WIDTH;
  if (fits) return text(x + width + 6, y, words, 'quiet');
  return `<text x="${round(x - 6)}" y="${y}" class="quiet" text-anchor="end">${escape(words)}</text>`;
}

function legend(): string[] {
  const kinds = ['web', 'worker', 'failed'];
  return kinds.flatMap((kind, index) => [
    `<rect x="${WIDTH - 230 + index * 75}" y="27" width="12" height="12" rx="2" class="${kind}"/>`,
    text(WIDTH - 213 + index * 75, 38, kind, 'quiet'),
  ]);
}

function momentName(x: number, y: number, what: string): string {
  const anchor = x > WIDTH - 120 ? 'end' : 'start';
  return `<text x="${round(x)}" y="${y}" class="moment-name" text-anchor="${anchor}">${escape(what)}</text>`;
}

function text(x: number, y: number, content: string, kind?: string): string {
  return `<text x="${round(x)}" y="${y}"${kind === undefined ? '' : ` class="${kind}"`}>${escape(content)}</text>`;
}

function line(x: number, from: number, to: number): string {
  return `<line x1="${round(x)}" y1="${from}" x2="${round(x)}" y2="${to}" class="moment"/>`;
}

function escape(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
