import { z } from 'zod';

/* What the operator's procedures take. */

/** One decision is about at most this many submissions. */
const MAX_IDS = 500;
const YEAR_MS = 365 * 24 * 60 * 60 * 1000;
const MAX_TEXT = 200;

/** Longer than anything can have waited, and short enough to count back from today. */
const ageMs = z
  .number()
  .int()
  .min(0)
  .max(10 * YEAR_MS);

/** Postgres keeps no NUL. */
const text = z
  .string()
  .min(1)
  .max(MAX_TEXT)
  // oxlint-disable-next-line no-control-regex -- it is this one that is refused
  .regex(/^[^\u0000]*$/, 'The text must not contain the character NUL');

const attempts = z.number().int().min(0).max(1_000_000);

const listName = z.enum(['postgres', 'redis', 'dead', 'processed']);

const filter = z.strictObject({
  form: z
    .string()
    .regex(/^[a-z0-9_-]{1,64}$/)
    .optional(),
  minAgeMs: ageMs.optional(),
  maxAgeMs: ageMs.optional(),
  reason: text.optional(),
  minAttempts: attempts.optional(),
  search: text.trim().toLowerCase().optional(),
});

const page = {
  filter: filter.optional(),
  cursor: z.string().max(200).optional(),
  limit: z.number().int().min(1).max(200).optional(),
};

export const listQuery = z.strictObject({ list: listName, ...page });

/** A page of the list that the procedure is about. */
export const pageQuery = z.strictObject(page).default({});

const exportQuery = z.strictObject({
  list: listName,
  format: z.enum(['csv', 'ndjson']).default('csv'),
  ...filter.shape,
  minAgeMs: z.coerce.number().pipe(ageMs).exactOptional(),
  maxAgeMs: z.coerce.number().pipe(ageMs).exactOptional(),
  minAttempts: z.coerce.number().pipe(attempts).exactOptional(),
});

/** The query of an export's address: a list, and its filter. Throws what zod throws. */
export function readExportQuery(parameters: URLSearchParams) {
  const { list, format, ...wanted } = exportQuery.parse(Object.fromEntries(parameters));
  return { format, query: { list, filter: wanted } };
}

export const liveQuery = z.strictObject({ list: listQuery.exactOptional() }).default({});

export const someIds = z.strictObject({
  ids: z.array(z.string().toLowerCase().max(64)).min(1).max(MAX_IDS).readonly(),
});

const target = z.union([someIds, z.strictObject({ list: listName, filter: filter.exactOptional() })]);

export const planned = z.strictObject({ action: z.enum(['retry', 'discard', 'requeue']), target });

export const operationId = z.strictObject({ id: z.uuid() });

/** The id of a submission, or its reference. */
export const submissionName = z.strictObject({ id: z.string().toLowerCase().max(64) });

export const referenceQuery = z.strictObject({
  reference: z.string().max(64),
  cursor: z.string().max(200).exactOptional(),
  /** Comes along with a page of tRPC's infinite queries. There is one direction only. */
  direction: z.literal('forward').exactOptional(),
});

export const flowQuery = z.strictObject({ range: z.enum(['1h', '24h', '7d']) });

export const auditQuery = z
  .strictObject({
    cursor: z.string().max(200).exactOptional(),
    action: text.exactOptional(),
    by: text.exactOptional(),
    submissionId: z.uuid().exactOptional(),
  })
  .default({});

export const switched = z.strictObject({ what: z.enum(['worker', 'recovery']), paused: z.boolean() });

export const userId = z.strictObject({ id: text });
export const role = z.enum(['viewer', 'operator', 'admin']);
export const password = z
  .string()
  .min(12, 'Use at least 12 characters')
  .max(128, 'Use at most 128 characters');
export const email = z.email('Enter an address like name@example.org').max(254).toLowerCase();
export const personName = text.trim();
