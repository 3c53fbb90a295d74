// Plain JavaScript without dependencies: scripts/boot.mjs uses it before anything is installed.

/** What a terminal obeys, hides or reorders: control characters, escape sequences, bidi controls, invisible ones. */
const CONTROL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
/** Words of some scripts, and many emoji, are not themselves without these two. */
const JOINERS = new Set(['\u200c', '\u200d']);
const LINE_PARTS = new Set(['\n', '\t']);
/** One colour or weight each. Concealed text (8) is not among them. */
// oxlint-disable-next-line no-control-regex -- the sequences themselves
const COLOURS = /(\u001b\[(?:[0-7]|2[1-9]|[34][0-79]|9[0-7]|10[0-7])m)/;
const REPLACEMENT = '\ufffd';
const LAST_ASCII = 0x7e;

/**
 * Text as it may go to a terminal. What a terminal would obey becomes U+FFFD.
 *
 * @param {string} text
 * @param {{ readonly lines?: boolean, readonly colours?: boolean }} [keep] `lines`: line feeds and tabs. `colours`: colours, where they are our own.
 * @returns {string}
 */
export function stripControl(text, { lines = false, colours = false } = {}) {
  if (colours) {
    const parts = text.split(COLOURS);
    return parts.map((part, i) => (i % 2 === 1 ? part : stripControl(part, { lines }))).join('');
  }
  return (lines ? text.replaceAll('\r\n', '\n') : text).replace(CONTROL, (character) =>
    JOINERS.has(character) || (lines && LINE_PARTS.has(character)) ? character : REPLACEMENT,
  );
}

/**
 * JSON that a terminal shows as it is, with the same meaning: JSON itself demands escapes of C0 only.
 *
 * @param {string} json
 * @returns {string}
 */
export function escapeControl(json) {
  return json.replace(CONTROL, (character) => {
    const isSafe = JOINERS.has(character) || (character.codePointAt(0) ?? 0) <= LAST_ASCII;
    return isSafe
      ? character
      : Array.from({ length: character.length }, (_, i) => escapeUnit(character, i)).join('');
  });
}

/**
 * @param {string} text
 * @param {number} at
 */
function escapeUnit(text, at) {
  return `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`;
}

/**
 * From now on all text that this process writes to the stream goes through `stripControl`: also what a library prints
 * past the log. Colours stay where a person looks on.
 *
 * @param {import('node:tty').WriteStream} stream
 */
export function guardOutput(stream) {
  const write = stream.write.bind(stream);
  stream.write = (/** @type {string | Uint8Array} */ chunk, /** @type {unknown[]} */ ...rest) => {
    const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
    return Reflect.apply(write, stream, [
      stripControl(text, { lines: true, colours: stream.isTTY }),
      ...rest,
    ]);
  };
}
