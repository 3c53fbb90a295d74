export { createDb } from './client.ts';
export type { Db } from './client.ts';
export { migrate } from './migrate.ts';
export { account, session, submissions, user, verification, workers } from './schema.ts';
export { insertSubmissions, readSubmission } from './submissions.ts';
export type { NewSubmission } from './submissions.ts';
export { farewell, heartbeat, listWorkers } from './workers.ts';
export type { Heartbeat, WorkerRow } from './workers.ts';
