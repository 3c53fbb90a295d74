/*
 * The Redis side of the protocol: each script is one transition, and atomic.
 *
 * Keys of a queue share one hash tag, so that a Cluster keeps them together:
 *   jobs     hash   id -> envelope ("generation digest receivedAt form\npayload")
 *   ready    list   ids due; may name ids that are gone, which claim skips
 *   wake     list   at most one token that a blocked worker pops: never data, so a lost pop loses nothing
 *   active   zset   id by end of lease, ms
 *   delayed  zset   id by due time, ms
 *   tokens   hash   id -> "attempts token worker"; token and worker are "-" while no worker holds it
 *   history  hash   id -> failed attempts as JSON
 *   epoch    string drawn when the queue is first written; a new one means that Redis forgot
 *
 * Time is the server's (TIME): the clocks of workers need not agree.
 * All but push carry allow-oom: a full Redis must still drain.
 */

export const KEYS = ['jobs', 'ready', 'wake', 'active', 'delayed', 'tokens', 'history', 'epoch'] as const;

/** Begins every script: its keys by name, Redis' time, and what several scripts do. */
export const PRELUDE = `
local jobs, ready, wake, active, delayed, tokens, history, epoch = unpack(KEYS)
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function arm()
  if redis.call('LLEN', wake) == 0 then redis.call('RPUSH', wake, 1) end
end
local function read(id)
  local attempts, token, worker = string.match(redis.call('HGET', tokens, id) or '', '^(%d+) (%S+) (.*)$')
  if not attempts then return '0', '-', '-' end
  return attempts, token, worker
end
local function holds(id, token)
  local _, current = read(id)
  return current == token and redis.call('ZSCORE', active, id)
end
local function unclaim(id, back)
  redis.call('ZREM', active, id)
  redis.call('HSET', tokens, id, (read(id) - back) .. ' - -')
end
`;

export const WRITES_WHEN_FULL = '#!lua flags=allow-oom';
export const READS = '#!lua flags=no-writes,allow-oom';
