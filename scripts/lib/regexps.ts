import { parseSync, Visitor } from 'oxc-parser';
import { checkSync } from 'recheck';

/** Most take milliseconds; a pattern that cannot be judged in this time is simplified. */
const TIMEOUT_MS = 20_000;
/** Without one of these, the length of a text does not decide how often it is looked through. */
const UNBOUNDED = /[*+]|\{\d+,\}/;
const ESCAPES_AND_CLASSES = /\\.|\[(?:\\.|[^\]\\])*\]/g;

/** A pattern as the code has it. */
interface Found {
  readonly line: number;
  readonly source: string;
  readonly flags: string;
}

/**
 * What makes a regular expression of this code slow for some text: time that grows faster than the text. Empty: nothing
 * does. `name`: the file's name, whose ending says which language it is.
 */
export function findSlowPatterns(name: string, code: string): string[] {
  return findPatterns(name, code).flatMap((found) => {
    const reason = typeof found === 'string' ? found : slownessOf(found);
    return reason === undefined ? [] : [reason];
  });

  function slownessOf({ line, source, flags }: Found): string | undefined {
    if (!UNBOUNDED.test(source.replaceAll(ESCAPES_AND_CLASSES, '.'))) return undefined;
    const result = checkSync(source, flags, { timeout: TIMEOUT_MS });
    // What its automaton cannot judge, such as a lookahead, it tries with texts made by chance: no proof, and not always found.
    const isProven = result.checker === 'automaton';
    if (result.status === 'safe' && isProven) return undefined;
    const what =
      result.status === 'vulnerable' && isProven
        ? `takes time that grows ${result.complexity.summary} with the text`
        : 'cannot be judged';
    return `${name}:${line}: /${source}/${flags} ${what}: write it with another pattern or a loop.`;
  }
}

/** Literals, and `RegExp(…)` of a text. One that is put together at run time cannot be looked at: a finding by itself. */
function findPatterns(name: string, code: string): (Found | string)[] {
  const { program, errors } = parseSync(name, code);
  if (errors.length > 0) return [`${name} cannot be parsed: ${errors[0]?.message}`];
  const found: (Found | string)[] = [];
  const lineAt = (offset: number) => code.slice(0, offset).split('\n').length;
  const add = (
    callee: { readonly type: string },
    [pattern, flags]: readonly object[],
    start: number,
  ): void => {
    if (!('name' in callee) || callee.name !== 'RegExp') return;
    const line = lineAt(start);
    const source = textOf(pattern);
    found.push(
      source === undefined
        ? `${name}:${line}: RegExp(…) is put together at run time, so that nothing can be said of its time: write a literal.`
        : { line, source, flags: textOf(flags) ?? '' },
    );
  };
  new Visitor({
    Literal(node) {
      if (!('regex' in node)) return;
      const { pattern, flags } = node.regex;
      found.push({ line: lineAt(node.start), source: pattern, flags });
    },
    NewExpression: (node) => add(node.callee, node.arguments, node.start),
    CallExpression: (node) => add(node.callee, node.arguments, node.start),
  }).visit(program);
  return found;
}

function textOf(node: object | undefined): string | undefined {
  return node && 'value' in node && typeof node.value === 'string' ? node.value : undefined;
}
