import { ask } from './ask.ts';
import type { ViewSources } from './ask.ts';
import { readBacklog, readDead } from './backlog.ts';
import { lookUp, toDetail, toStatus } from './lookup.ts';
import { readOverview } from './overview.ts';
import { isUuid } from './id.ts';
import type { Inspect, SubmissionStatus } from './views.ts';

export interface Inspection extends Inspect {
  status(id: string): Promise<SubmissionStatus>;
}

/** The read-only views of a queue. */
export function createInspect(sources: ViewSources): Inspection {
  const { queue, health } = sources;
  return {
    overview: () => readOverview(sources),
    backlog: (query = {}) => ask(sources, (db) => readBacklog(db, queue, query)),
    dead: (query = {}) => ask(sources, (db) => readDead(db, queue, query)),
    find: async (id) => (isUuid(id) ? toDetail(await lookUp(sources, id), id, health()) : undefined),
    status: async (id) => toStatus(await lookUp(sources, id), id, health()),
  };
}
