/*
 * Charts as SVG by hand: a file that a README can show, in the reader's colours. Text is black or white by the scheme,
 * everything else is chosen to be read on both.
 */

export const FONT_SIZE = 13;

const STYLE = `
  text { font: ${FONT_SIZE}px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: #1f2328; }
  .title { font-weight: 600; font-size: 15px; }
  .quiet { fill: #59636e; }
  .ours { fill: #0b6bcb; } .theirs { fill: #9aa4af; }
  .grid { stroke: #d1d9e0; stroke-width: 1; }
  .line { fill: none; stroke-width: 2; stroke-linejoin: round; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; } .quiet { fill: #9198a1; }
    .ours { fill: #4493f8; } .theirs { fill: #656c76; } .grid { stroke: #3d444d; }
  }`;

/** The colours differ in lightness as well as in hue, and have enough contrast on both backgrounds. */
export const LINE_COLOURS = ['#0b7fd4', '#d9730d', '#2a9d5c', '#b0509f', '#c9a100', '#7a6ff0', '#e05252'];

export function text(x: number, y: number, content: string, attributes = ''): string {
  return `<text x="${round(x)}" y="${round(y)}"${attributes && ` ${attributes}`}>${escape(content)}</text>`;
}

export function rectangle(x: number, y: number, width: number, height: number, kind: string): string {
  return `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" rx="2" class="${kind}"/>`;
}

export function line(x1: number, y1: number, x2: number, y2: number): string {
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" class="grid"/>`;
}

export function path(points: readonly (readonly [number, number])[], colour: string): string {
  const steps = points.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${round(x)} ${round(y)}`);
  return `<path d="${steps.join('')}" class="line" stroke="${colour}"/>`;
}

/** The whole picture. `description` is the text that a screen reader reads. */
export function picture(
  width: number,
  height: number,
  description: string,
  parts: readonly string[],
): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${Math.ceil(height)}" width="${width}" role="img">
<title>${escape(description)}</title>
<style>${STYLE}</style>
${parts.join('\n')}
</svg>
`;
}

function escape(content: string): string {
  return content
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
