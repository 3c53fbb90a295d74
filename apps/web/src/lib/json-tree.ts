/** A number in the digits in which it was sent: some have more than a JavaScript number can hold. */
export class ExactNumber {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }
}

// The reviver's third argument is newer than the language's types.
const parse: (
  text: string,
  reviver: (key: string, value: unknown, context?: { readonly source?: string }) => unknown,
) => unknown = JSON.parse;

/** JSON text as a tree whose numbers keep their digits. `undefined`: it is not JSON. */
export function parseTree(text: string): { readonly root: unknown } | undefined {
  try {
    return {
      root: parse(text, (_key, value, context) =>
        typeof value === 'number' ? exact(value, context?.source) : value,
      ),
    };
  } catch {
    return undefined;
  }
}

function exact(value: number, source: string | undefined): ExactNumber {
  return new ExactNumber(source ?? String(value));
}
