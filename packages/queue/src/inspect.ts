import { ask } from './ask.ts';
import type { ViewSources } from './ask.ts';
import { auditStores } from './audit.ts';
import { readIdsLike } from './ids-like.ts';
import { lookUp, toDetail, toStatus } from './lookup.ts';
import { readOverview } from './overview.ts';
import { isUuid } from './id.ts';
import { readPlaces } from './places.ts';
import { countList, readList } from './list.ts';
import type { Inspect, SubmissionStatus } from './views.ts';

export interface Inspection extends Inspect {
  status(id: string): Promise<SubmissionStatus>;
}

/** The read-only views of a queue. */
export function createInspect(sources: ViewSources): Inspection {
  const { queue, health } = sources;
  return {
    overview: () => readOverview(sources),
    list: (query) => readList(sources, query),
    count: (query) => countList(sources, query),
    audit: () => auditStores(sources),
    find: async (id) => (isUuid(id) ? toDetail(await lookUp(sources, id), id, health()) : undefined),
    places: (ids) => readPlaces(sources, ids),
    idsLike: (begins, ends) => ask(sources, (db) => readIdsLike(db, queue, begins, ends)),
    status: async (id) => toStatus(await lookUp(sources, id), id, health()),
  };
}
