const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const MILLISECONDS = /^\d{1,15}$/;

/** The place after which a page begins: a time in ms since 1970, as exact as the columns are, and an id. */
export interface PageCursor {
  readonly atMs: number;
  readonly id: string;
}

export function encodeCursor({ atMs, id }: PageCursor): string {
  return Buffer.from(`${id} ${Math.round(atMs)}`).toString('base64url');
}

/** `undefined` if the cursor is missing or unreadable: the first page is a good answer to a damaged address. */
export function decodeCursor(text: string | undefined): PageCursor | undefined {
  if (text === undefined) return undefined;
  const [id = '', atMs = '', ...rest] = Buffer.from(text, 'base64url').toString().split(' ');
  if (rest.length > 0 || !UUID.test(id) || !MILLISECONDS.test(atMs)) return undefined;
  return { atMs: Number(atMs), id };
}
