import { toError } from '../util/error-text.ts';
import { isUuid } from '../contract/id.ts';
import type { AttemptRecord } from '../contract/store.ts';
import { decodeEnvelope } from '../contract/submission.ts';
import type { Envelope } from '../contract/submission.ts';

/** Fields of each entry, as the scripts answer them (`list-scripts.ts`). */
const ENTRY_FIELDS = 9;

/** In which list of Redis an id is. */
export type RedisSection = 'active' | 'ready' | 'delayed';

/** What Redis knows of one submission. */
export interface RedisEntry {
  /** Its payload is empty if it was not requested. */
  readonly envelope: Envelope;
  /** Size of the payload. */
  readonly bytes: number;
  readonly state: 'waiting' | 'scheduled' | 'processing';
  readonly runAtMs: number | undefined;
  readonly attempts: number;
  /** The worker that holds it. */
  readonly worker: string | undefined;
  /** Its place in the listed range. */
  readonly place: number;
  readonly history: readonly AttemptRecord[];
}

/** Envelope and history, as they are stored. */
export interface EntryTexts {
  readonly wire: string;
  readonly history: string;
}

/**
 * Entries as a script answers them. Values that another program wrote are left out. `whole` reads what did not fit into the answer.
 */
export async function readEntries(
  fields: readonly unknown[],
  whole: (id: string) => Promise<EntryTexts | undefined>,
  withPayload: boolean,
  onUnreadable: (id: string, error: Error) => void = () => {},
): Promise<RedisEntry[]> {
  const entries: RedisEntry[] = [];
  for (let i = 0; i < fields.length; i += ENTRY_FIELDS) {
    const texts = fields.slice(i, i + ENTRY_FIELDS).map(String);
    if (texts[1] === '') {
      const found = await whole(texts[0] ?? '');
      if (found === undefined) continue;
      texts[1] = withPayload ? found.wire : found.wire.slice(0, found.wire.indexOf('\n') + 1);
      texts[7] = found.history;
    }
    try {
      entries.push(readEntry(texts));
    } catch (error) {
      onUnreadable(texts[0] ?? '', toError(error));
    }
  }
  return entries;
}

function readEntry(texts: readonly string[]): RedisEntry {
  const [id = '', wire = '', bytes, lease, due, attempts, worker, history, place] = texts;
  if (!isUuid(id)) throw new TypeError(`${id} is not a submission's id`);
  return {
    envelope: decodeEnvelope(id, wire),
    bytes: Number(bytes),
    state: lease ? 'processing' : due ? 'scheduled' : 'waiting',
    runAtMs: due ? Number(due) : undefined,
    attempts: Number(attempts),
    worker: lease ? worker : undefined,
    place: Number(place),
    history: readHistory(history),
  };
}

export function readHistory(text: unknown): readonly AttemptRecord[] {
  return typeof text === 'string' && text !== '' ? JSON.parse(text) : [];
}
