import { StoreUnavailableError } from '../contract/errors.ts';
import type { ViewSources } from './sources.ts';
import { countTable, readTablePage } from '../postgres/views/table-pages.ts';
import { checkFilter } from '../contract/list-query.ts';
import { countRedis, readRedisPage } from './redis-pages.ts';
import { heldTable, settledTable } from '../postgres/views/list-tables.ts';
import type { ListedTable } from '../postgres/views/list-tables.ts';
import type { ListCount, ListName, ListPage, ListQuery } from '../contract/views.ts';
import type { QueueTables } from '../postgres/statement/tables.ts';
import type { RedisStore } from '../redis/store.ts';

/** A page of what an operator may look through. */
export async function readList(sources: ViewSources, query: ListQuery): Promise<ListPage> {
  checkFilter(query);
  if (query.list === 'redis') return readRedisPage(redisOf(sources), query);
  return readTablePage(sources, tableOf(sources.tables, query.list), query);
}

export async function countList(sources: ViewSources, query: ListQuery): Promise<ListCount> {
  checkFilter(query);
  if (query.list === 'redis') return countRedis(redisOf(sources), query);
  return countTable(sources, tableOf(sources.tables, query.list), query);
}

function tableOf(tables: QueueTables, list: Exclude<ListName, 'redis'>): ListedTable {
  if (list === 'postgres') return heldTable(tables);
  return list === 'dead' ? settledTable(tables, ['dead']) : settledTable(tables, ['done', 'discarded']);
}

function redisOf({ redis }: ViewSources): RedisStore {
  if (redis === undefined) throw new StoreUnavailableError('redis');
  return redis;
}
