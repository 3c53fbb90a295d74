import { isUuid } from '../contract/id.ts';
import type { QueryOptions, Inspect, SubmissionStatus } from '../contract/views.ts';
import { readIdsByReference } from '../postgres/views/find-ids.ts';
import { runQuery } from '../postgres/views/query.ts';
import { abortable } from '../util/abort.ts';
import { countList, readList } from './list.ts';
import { locate } from './locate.ts';
import { readOverview } from './overview.ts';
import { checkStores } from './settings.ts';
import type { ViewSources } from './sources.ts';
import { lookUp, toDetail, toStatus } from './status.ts';

export interface Inspection extends Inspect {
  status(id: string, options?: QueryOptions): Promise<SubmissionStatus>;
}

/** The read-only views of a queue. */
export function createInspect(sources: ViewSources): Inspection {
  const { tables, health } = sources;
  return {
    overview: ({ signal } = {}) => abortable(signal, () => readOverview(sources)),
    list: (query, { signal } = {}) => abortable(signal, () => readList(sources, query)),
    count: (query, { signal } = {}) => abortable(signal, () => countList(sources, query)),
    checkSettings: ({ signal } = {}) => abortable(signal, () => checkStores(sources)),
    find: (id, { signal } = {}) =>
      abortable(signal, async () =>
        isUuid(id) ? toDetail(await lookUp(sources, id), id, health()) : undefined,
      ),
    locate: (ids, { signal } = {}) => abortable(signal, () => locate(sources, ids)),
    findIdsByReference: (begins, ends, { signal, ...page } = {}) =>
      abortable(signal, () =>
        runQuery(sources, (db) => readIdsByReference(db, tables, { ...page, begins, ends })),
      ),
    status: (id, { signal } = {}) =>
      abortable(signal, async () => toStatus(await lookUp(sources, id), id, health())),
  };
}
