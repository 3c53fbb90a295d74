import { StoreUnavailableError } from '../contract/errors.ts';
import {
  actionsOf,
  isUnfiltered,
  pageSize,
  searchedId,
  searchedTexts,
  COUNT_CAP,
} from '../contract/list-query.ts';
import type { RedisEntry, RedisSection } from '../redis/entry.ts';
import type { RedisStore } from '../redis/store.ts';
import type { ListCount, ListPage, ListQuery, ListRow } from '../contract/views.ts';

const LOOK_FOR_MS = 1_500;
const COUNT_FOR_MS = 5_000;
/** How many ids are read in one call with a filter. Fewer if payloads are read, which may be large. */
const STEP = { heads: 500, payloads: 50 };
/** In the order of a page: held by workers, due, delayed. */
const SECTIONS = ['active', 'ready', 'delayed'] as const satisfies readonly RedisSection[];
const FIRST_PLACE: Place = { section: 'active', from: 0 };
const PLACE_CURSOR = /^(active|ready|delayed) (\d{1,15})$/;
const WALK_CURSOR = /^walk (\d{1,20})$/;

interface Place {
  readonly section: RedisSection;
  readonly from: number;
}

interface Found {
  readonly entries: readonly RedisEntry[];
  readonly nextCursor?: string | undefined;
  readonly matching?: number | undefined;
  readonly timedOut?: boolean;
}

/**
 * A page of what Redis holds. Places change between two pages: the next one may repeat a row, or miss one that was just claimed. A
 * query with an `action` is about to act on all matches, so it walks over everything instead, in no order, and misses nothing.
 */
export async function readRedisPage(redis: RedisStore, query: ListQuery): Promise<ListPage> {
  const found = await asked(find(redis, query));
  const { entries, nextCursor, matching, timedOut = false } = found;
  return {
    list: 'redis',
    rows: entries.map((entry) => toRow(entry, query)),
    ...(nextCursor !== undefined && { nextCursor }),
    ...(matching !== undefined && { matching: Math.min(matching, COUNT_CAP) }),
    capped: (matching ?? 0) >= COUNT_CAP,
    timedOut,
  };
}

function find(redis: RedisStore, query: ListQuery): Promise<Found> {
  const id = searchedId(query.filter ?? {});
  if (id !== undefined) return findOne(redis, query, id);
  return query.action === undefined ? findInSections(redis, query) : findWalking(redis, query);
}

async function findOne(redis: RedisStore, query: ListQuery, id: string): Promise<Found> {
  const entries = (await redis.describe([id])).filter(matcher(query));
  return { entries, matching: entries.length };
}

async function findInSections(redis: RedisStore, query: ListQuery): Promise<Found> {
  const limit = pageSize(query);
  const matches = matcher(query);
  const overAtMs = performance.now() + LOOK_FOR_MS;
  const entries: RedisEntry[] = [];
  let place: Place | undefined = readPlace(query.cursor);
  let timedOut = false;
  while (place !== undefined && entries.length < limit && !timedOut) {
    const wanted = limit - entries.length;
    const step = isUnfiltered(query) ? wanted : readsPayload(query) ? STEP.payloads : STEP.heads;
    const { section, from }: Place = place;
    const window = await redis.list(section, from, step, readsPayload(query));
    const matching = window.entries.filter(matches);
    entries.push(...matching.slice(0, wanted));
    const last = matching[wanted - 1];
    // The next page starts behind the last row of this one, or in the next section if this one has ended.
    if (last !== undefined && matching.length > wanted) place = { section, from: from + last.place + 1 };
    else place = window.ended ? sectionAfter(section) : { section, from: from + window.seen };
    timedOut = performance.now() > overAtMs && entries.length < limit && place !== undefined;
  }
  const nextCursor = place && encode(`${place.section} ${place.from}`);
  const isAll = query.cursor === undefined && place === undefined;
  const matching = isAll ? entries.length : isUnfiltered(query) ? await held(redis) : undefined;
  return { entries, nextCursor, matching, timedOut };
}

async function findWalking(redis: RedisStore, query: ListQuery): Promise<Found> {
  const limit = pageSize(query);
  const entries: RedisEntry[] = [];
  const overAtMs = performance.now() + LOOK_FOR_MS;
  let cursor = WALK_CURSOR.exec(decode(query.cursor))?.[1] ?? '0';
  do {
    const step = await redis.walk(cursor, readsPayload(query));
    // All entries of a step: the next page cannot start in the middle of one.
    entries.push(...step.entries.filter(matcher(query)));
    cursor = step.next;
  } while (cursor !== '0' && entries.length < limit && performance.now() < overAtMs);
  const timedOut = cursor !== '0' && entries.length < limit;
  return { entries, nextCursor: cursor === '0' ? undefined : encode(`walk ${cursor}`), timedOut };
}

/** How many match, as far as there is time. */
export async function countRedis(redis: RedisStore, query: ListQuery): Promise<ListCount> {
  if (isUnfiltered(query)) return { count: await asked(held(redis)), capped: false };
  const overAtMs = performance.now() + COUNT_FOR_MS;
  let count = 0;
  let cursor = '0';
  do {
    const step = await asked(redis.walk(cursor, readsPayload(query)));
    count += step.entries.filter(matcher(query)).length;
    cursor = step.next;
  } while (cursor !== '0' && performance.now() < overAtMs);
  return { count, capped: cursor !== '0' };
}

async function held(redis: RedisStore): Promise<number> {
  const { ready, active, delayed } = await redis.depth();
  return ready + active + delayed;
}

function readsPayload({ filter = {}, withPayload = false }: ListQuery): boolean {
  return withPayload || searchedTexts(filter).length > 0;
}

function matcher({ filter = {}, action, receivedBefore }: ListQuery): (entry: RedisEntry) => boolean {
  const { form, minAgeMs, maxAgeMs, minAttempts = 0, reason } = filter;
  const texts = searchedTexts(filter).map((text) => text.toLowerCase());
  const nowMs = Date.now();
  const firstMs = maxAgeMs === undefined ? Number.NEGATIVE_INFINITY : nowMs - maxAgeMs;
  const lastMs = Math.min(
    receivedBefore?.getTime() ?? Number.POSITIVE_INFINITY,
    minAgeMs === undefined ? Number.POSITIVE_INFINITY : nowMs - minAgeMs,
  );
  return ({ envelope, state, attempts }) =>
    (form === undefined || envelope.form === form) &&
    envelope.receivedAtMs >= firstMs &&
    envelope.receivedAtMs <= lastMs &&
    attempts >= minAttempts &&
    reason === undefined &&
    (texts.length === 0 || includesAny(envelope.payload.toLowerCase(), texts)) &&
    (action === undefined || actionsOf(state).includes(action));
}

function includesAny(payload: string, texts: readonly string[]): boolean {
  return texts.some((text) => payload.includes(text));
}

function toRow(
  { envelope, state, attempts, runAtMs, bytes, history }: RedisEntry,
  query: ListQuery,
): ListRow {
  const lastError = history.at(-1)?.error;
  return {
    id: envelope.id,
    form: envelope.form,
    receivedAt: new Date(envelope.receivedAtMs),
    state,
    heldBy: ['redis'],
    attempts,
    ...(lastError !== undefined && { lastError }),
    ...(runAtMs !== undefined && { runAt: new Date(runAtMs) }),
    bytes,
    actions: actionsOf(state),
    ...(query.withPayload && { payload: envelope.payload }),
  };
}

function readPlace(cursor: string | undefined): Place {
  const [, section, from] = PLACE_CURSOR.exec(decode(cursor)) ?? [];
  const known = SECTIONS.find((name) => name === section);
  return known === undefined ? FIRST_PLACE : { section: known, from: Number(from) };
}

function sectionAfter(section: RedisSection): Place | undefined {
  const next = SECTIONS[SECTIONS.indexOf(section) + 1];
  return next && { section: next, from: 0 };
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64url');
}

function decode(cursor: string | undefined): string {
  return Buffer.from(cursor ?? '', 'base64url').toString();
}

async function asked<T>(answer: Promise<T>): Promise<T> {
  return answer.catch((error: unknown) => {
    throw new StoreUnavailableError('redis', error);
  });
}
