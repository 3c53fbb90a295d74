/*
 * The Redis side of the protocol: each script is one transition, and atomic.
 *
 * Keys of a queue share one hash tag, so that a Cluster keeps them together:
 *   jobs     hash   id -> envelope ("generation digest receivedAt form\npayload")
 *   ready    list   ids due; may name ids that are gone, which claim skips
 *   wake     list   at most one token that a blocked worker pops: never data, so a lost pop loses nothing
 *   active   zset   id by end of lease, ms
 *   delayed  zset   id by due time, ms
 *   tokens   hash   id -> "attempts token worker"; token and worker are "-" while nobody holds it
 *   history  hash   id -> failed attempts as JSON
 *   epoch    string drawn when the queue is first written; a new one means that Redis forgot
 *
 * Time is the server's (TIME): the clocks of workers need not agree.
 * All but push carry allow-oom: a full Redis must still drain.
 */

export const KEYS = ['jobs', 'ready', 'wake', 'active', 'delayed', 'tokens', 'history', 'epoch'] as const;

const PRELUDE = `
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

const WRITES_WHEN_FULL = '#!lua flags=allow-oom';
const READS = '#!lua flags=no-writes,allow-oom';

/**
 * ARGV candidateEpoch, maxDepth (0: no limit), then id, envelope, runAtMs (0: now), attempts, history for each item.
 * Returns the epoch, then an answer per item: 0 stored, 1 duplicate, 2 conflict, 3 full.
 */
const PUSH = `#!lua
${PRELUDE}
local current = redis.call('GET', epoch)
if not current then
  current = ARGV[1]
  redis.call('SET', epoch, current)
end
local room = math.huge
if ARGV[2] ~= '0' then room = ARGV[2] - redis.call('HLEN', jobs) end
local answers = {current}
local due = false
for i = 3, #ARGV, 5 do
  local id, envelope, runAt, attempts = ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2]), ARGV[i + 3]
  local held = redis.call('HGET', jobs, id)
  local answer = 0
  if held then
    local heldGeneration, heldDigest = string.match(held, '^(%d+) (%S+)')
    local generation, digest = string.match(envelope, '^(%d+) (%S+)')
    if heldDigest ~= digest then
      answer = 2
    elseif tonumber(generation) > tonumber(heldGeneration) then
      redis.call('HDEL', history, id)
      if redis.call('ZREM', active, id) + redis.call('ZREM', delayed, id) == 0 then redis.call('LREM', ready, 1, id) end
    else
      answer = 1
    end
  elseif room <= 0 then
    answer = 3
  end
  if answer == 0 then
    redis.call('HSET', jobs, id, envelope)
    if held or attempts ~= '0' then redis.call('HSET', tokens, id, attempts .. ' - -') end
    if ARGV[i + 4] ~= '' then redis.call('HSET', history, id, ARGV[i + 4]) end
    if runAt > now then
      redis.call('ZADD', delayed, runAt, id)
    else
      redis.call('RPUSH', ready, id)
      due = true
    end
    room = room - 1
  end
  answers[#answers + 1] = answer
end
if due then arm() end
return answers
`;

/**
 * ARGV limit, leaseMs, worker, maxBytes, token. Returns the epoch (or false), then id, envelope, attempt, history for each
 * claim. An expired lease comes first and alone: its item may have killed the worker that held it, and must
 * not take neighbours along.
 */
const CLAIM = `${WRITES_WHEN_FULL}
${PRELUDE}
local limit, lease, room = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[4])
local claims = {redis.call('GET', epoch)}
local function take(id)
  local envelope = redis.call('HGET', jobs, id)
  if not envelope then return false end
  local attempt = read(id) + 1
  redis.call('HSET', tokens, id, attempt .. ' ' .. ARGV[5] .. ' ' .. ARGV[3])
  redis.call('ZADD', active, now + lease, id)
  claims[#claims + 1] = id
  claims[#claims + 1] = envelope
  claims[#claims + 1] = attempt
  claims[#claims + 1] = attempt > 1 and redis.call('HGET', history, id) or ''
  room = room - #envelope
  return true
end
for _, id in ipairs(redis.call('ZRANGEBYSCORE', delayed, '-inf', now, 'LIMIT', 0, limit)) do
  redis.call('ZREM', delayed, id)
  redis.call('RPUSH', ready, id)
end
local alone = false
for _, id in ipairs(redis.call('ZRANGEBYSCORE', active, '-inf', now, 'LIMIT', 0, 100)) do
  alone = take(id)
  if alone then break end
  redis.call('ZREM', active, id)
end
if not alone then
  local taken = 0
  for _ = 1, limit * 10 do
    if taken >= limit or room <= 0 then break end
    local id = redis.call('LPOP', ready)
    if not id then break end
    if not redis.call('ZSCORE', active, id) and not redis.call('ZSCORE', delayed, id) and take(id) then taken = taken + 1 end
  end
end
if redis.call('LLEN', ready) > 0 then arm() end
return claims
`;

/** ARGV leaseMs, then id, token for each. Returns the ids that are no longer held under their token. */
const EXTEND = `${WRITES_WHEN_FULL}
${PRELUDE}
local lost = {}
for i = 2, #ARGV, 2 do
  if holds(ARGV[i], ARGV[i + 1]) then
    redis.call('ZADD', active, 'XX', now + ARGV[1], ARGV[i])
  else
    lost[#lost + 1] = ARGV[i]
  end
end
return lost
`;

/** ARGV id, token, delayMs, history, attempts to give back for each. A stale token changes nothing. */
const RETRY = `${WRITES_WHEN_FULL}
${PRELUDE}
for i = 1, #ARGV, 5 do
  local id = ARGV[i]
  if holds(id, ARGV[i + 1]) then
    unclaim(id, ARGV[i + 4])
    redis.call('HSET', history, id, ARGV[i + 3])
    redis.call('ZADD', delayed, now + ARGV[i + 2], id)
  end
end
return 0
`;

/** ARGV id, token for each. Gives the attempt back. A stale token changes nothing. */
const RELEASE = `${WRITES_WHEN_FULL}
${PRELUDE}
for i = #ARGV - 1, 1, -2 do
  local id = ARGV[i]
  if holds(id, ARGV[i + 1]) then
    unclaim(id, 1)
    redis.call('LPUSH', ready, id)
    arm()
  end
end
return 0
`;

/**
 * ARGV worker, then the ids that it really holds. Releases what stands in its name besides: claims whose reply
 * was lost with a connection. Returns how many.
 */
const RELEASE_LOST = `${WRITES_WHEN_FULL}
${PRELUDE}
local held = {}
for i = 2, #ARGV do held[ARGV[i]] = true end
local released = 0
for _, id in ipairs(redis.call('ZRANGE', active, 0, 9999)) do
  local _, _, worker = read(id)
  if worker == ARGV[1] and not held[id] then
    unclaim(id, 1)
    redis.call('LPUSH', ready, id)
    released = released + 1
  end
end
if released > 0 then arm() end
return released
`;

/**
 * ARGV id, generation, digest for each. Drops what is settled, but neither a newer generation nor other content
 * that was accepted under the same id.
 */
const FORGET = `${WRITES_WHEN_FULL}
${PRELUDE}
for i = 1, #ARGV, 3 do
  local id = ARGV[i]
  local generation, digest = string.match(redis.call('HGET', jobs, id) or '', '^(%d+) (%S+)')
  if generation and tonumber(generation) <= tonumber(ARGV[i + 1]) and digest == ARGV[i + 2] then
    redis.call('HDEL', jobs, id)
    redis.call('HDEL', tokens, id)
    redis.call('HDEL', history, id)
    redis.call('ZREM', active, id)
    redis.call('ZREM', delayed, id)
  end
end
return 0
`;

/**
 * ARGV ids that were found in no list. They become ready again; returns how many. One that became ready meanwhile then
 * stands there twice, which claim puts up with: looking it up in a long list would block Redis.
 */
const REPAIR = `${WRITES_WHEN_FULL}
${PRELUDE}
local repaired = 0
for _, id in ipairs(ARGV) do
  if redis.call('HEXISTS', jobs, id) == 1 and not redis.call('ZSCORE', active, id)
    and not redis.call('ZSCORE', delayed, id) then
    redis.call('RPUSH', ready, id)
    repaired = repaired + 1
  end
end
if repaired > 0 then arm() end
return repaired
`;

/** ARGV from, to. Returns that stretch of the ready list. */
const READY = `${READS}
${PRELUDE}
return redis.call('LRANGE', ready, ARGV[1], ARGV[2])
`;

/** ARGV cursor, count. Returns the next cursor, then ids that are neither active nor delayed: a step over all of jobs. */
const SCAN = `${READS}
${PRELUDE}
local page = redis.call('HSCAN', jobs, ARGV[1], 'COUNT', ARGV[2])
local ids = {page[1]}
for i = 1, #page[2], 2 do
  local id = page[2][i]
  if not redis.call('ZSCORE', active, id) and not redis.call('ZSCORE', delayed, id) then ids[#ids + 1] = id end
end
return ids
`;

/** ARGV ids. Returns 1 for each that is held, else 0. */
const HAS = `${READS}
${PRELUDE}
local held = {}
for i, id in ipairs(ARGV) do held[i] = redis.call('HEXISTS', jobs, id) end
return held
`;

/** Returns the epoch (or false) and the sizes of jobs, active, delayed and ready. */
const DEPTH = `${READS}
${PRELUDE}
return {redis.call('GET', epoch), redis.call('HLEN', jobs), redis.call('ZCARD', active), redis.call('ZCARD', delayed),
  redis.call('LLEN', ready)}
`;

/** ARGV id. Returns envelope, lease end, due time, token and history; an empty table where it is not held. */
const PEEK = `${READS}
${PRELUDE}
local id = ARGV[1]
local envelope = redis.call('HGET', jobs, id)
if not envelope then return {} end
return {envelope, redis.call('ZSCORE', active, id), redis.call('ZSCORE', delayed, id),
  redis.call('HGET', tokens, id), redis.call('HGET', history, id)}
`;

/** Script by command name, as ioredis defines them. */
export const SCRIPTS = {
  spillwayPush: PUSH,
  spillwayClaim: CLAIM,
  spillwayExtend: EXTEND,
  spillwayRetry: RETRY,
  spillwayRelease: RELEASE,
  spillwayReleaseLost: RELEASE_LOST,
  spillwayForget: FORGET,
  spillwayRepair: REPAIR,
  spillwayReady: READY,
  spillwayScan: SCAN,
  spillwayHas: HAS,
  spillwayDepth: DEPTH,
  spillwayPeek: PEEK,
} as const;
