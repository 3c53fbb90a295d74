/** Types of columns that statements take as arrays, with their object ids in every PostgreSQL (pg_type.dat). */
const OIDS = { int4: 23, text: 25, float8: 701, uuid: 2950 } as const;

export type ColumnType = keyof typeof OIDS;
export type ColumnValue = string | number | null;

const HEAD_BYTES = 20;
const FIXED_BYTES = { int4: 4, float8: 8, uuid: 16 } as const;

/**
 * A one-dimensional array in Postgres' binary form, as array_send and array_recv of its source have it: dimensions, whether there
 * are nulls, element type, length, lower bound; then each element behind its length in bytes, -1 for null. pg sends a Buffer as it
 * is; arrays it would write as text, quoting every character that needs it, for the server to undo.
 */
export function encodeArray(type: ColumnType, values: readonly ColumnValue[]): Buffer {
  const sizes = values.map((value) => sizeOf(type, value));
  const bytes = sizes.reduce((sum, size) => sum + 4 + Math.max(0, size), HEAD_BYTES);
  const buffer = Buffer.allocUnsafe(bytes);
  buffer.writeInt32BE(1, 0);
  buffer.writeInt32BE(values.includes(null) ? 1 : 0, 4);
  buffer.writeInt32BE(OIDS[type], 8);
  buffer.writeInt32BE(values.length, 12);
  buffer.writeInt32BE(1, 16);
  let at = HEAD_BYTES;
  values.forEach((value, index) => {
    const size = sizes[index] ?? -1;
    at = buffer.writeInt32BE(size, at);
    if (value === null) return;
    write(buffer, type, value, at);
    at += size;
  });
  return buffer;
}

function sizeOf(type: ColumnType, value: ColumnValue): number {
  if (value === null) return -1;
  return type === 'text' ? Buffer.byteLength(String(value)) : FIXED_BYTES[type];
}

function write(buffer: Buffer, type: ColumnType, value: string | number, at: number): void {
  if (type === 'text') buffer.write(String(value), at);
  else if (type === 'uuid') buffer.write(String(value).replaceAll('-', ''), at, 'hex');
  else if (type === 'int4') buffer.writeInt32BE(Number(value), at);
  else buffer.writeDoubleBE(Number(value), at);
}
