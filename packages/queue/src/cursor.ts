const UUID = /^[0-9a-f-]{36}$/;
const TIMESTAMP = /^[0-9][0-9 :.+-]{9,40}$/;

/** The place after which a page begins: a time as Postgres writes it, and an id. */
export interface PageCursor {
  readonly at: string;
  readonly id: string;
}

export function encodeCursor({ at, id }: PageCursor): string {
  return Buffer.from(`${id} ${at}`).toString('base64url');
}

/** `undefined` where there is none, or none that can be read: the first page is a good answer to a damaged address. */
export function decodeCursor(text: string | undefined): PageCursor | undefined {
  if (text === undefined) return undefined;
  const [id, ...rest] = Buffer.from(text, 'base64url').toString().split(' ');
  const at = rest.join(' ');
  return id !== undefined && UUID.test(id) && TIMESTAMP.test(at) ? { at, id } : undefined;
}
