import { PRELUDE, READS, WRITES_WHEN_FULL } from './prelude.ts';
import { DESCRIBED, LIST, PIECE, WALK } from './list-scripts.ts';
import { CLAIM, EXTEND, FORGET, RELEASE, RELEASE_LOST, RETRY } from './work-scripts.ts';

/**
 * ARGV candidateEpoch, maxDepth (0: no limit), how many items, then id, envelope for each of at most 1,000; then, for those
 * that have any of it, place from 1, runAtMs (0: now), attempts, history. Returns the epoch, and unless all were stored an
 * answer per item: 0 stored, 1 duplicate, 2 conflict, 3 full.
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
local count = tonumber(ARGV[3])
local ids, more, answers, new, due = {}, {}, {current}, {}, {}
for n = 1, count do ids[n] = ARGV[2 * n + 2] end
for i = 2 * count + 4, #ARGV, 4 do more[tonumber(ARGV[i])] = i end
local envelopes = redis.call('HMGET', jobs, unpack(ids))
for n, id in ipairs(ids) do
  local held, envelope, runAt, attempts, past = envelopes[n], ARGV[2 * n + 3], '0', '0', ''
  if more[n] then runAt, attempts, past = unpack(ARGV, more[n] + 1, more[n] + 3) end
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
    new[#new + 1] = id
    new[#new + 1] = envelope
    if held or attempts ~= '0' or past ~= '' then redis.call('HSET', tokens, id, attempts .. ' - -') end
    if past ~= '' then redis.call('HSET', history, id, past) end
    if runAt ~= '0' and tonumber(runAt) > now then redis.call('ZADD', delayed, runAt, id) else due[#due + 1] = id end
    room = room - 1
  end
  answers[n + 1] = answer
end
if #new > 0 then redis.call('HSET', jobs, unpack(new)) end
if #due > 0 then
  redis.call('RPUSH', ready, unpack(due))
  arm()
end
return #new == 2 * count and {current} or answers
`;

/**
 * ARGV ids that were found in no list. They become ready again; returns how many. One that became ready meanwhile is then in the
 * list twice, which claim tolerates: searching a long list would block Redis.
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

/**
 * Returns the epoch (or false), the sizes of jobs, active, delayed and ready, and when the one that is next was received (or
 * false). Some ids in ready are gone; ten in a row are very unlikely.
 */
const DEPTH = `${READS}
${PRELUDE}
local received = false
for _, id in ipairs(redis.call('LRANGE', ready, 0, 9)) do
  received = string.match(redis.call('HGET', jobs, id) or '', '^%d+ %S+ (%d+)') or false
  if received then break end
end
return {redis.call('GET', epoch), redis.call('HLEN', jobs), redis.call('ZCARD', active), redis.call('ZCARD', delayed),
  redis.call('LLEN', ready), received}
`;

/** ARGV ids. Makes delayed submissions due now. Returns their ids. */
const REQUEUE = `${WRITES_WHEN_FULL}
${PRELUDE}
local due = {}
for _, id in ipairs(ARGV) do
  if redis.call('HEXISTS', jobs, id) == 1 and redis.call('ZREM', delayed, id) == 1 then
    redis.call('RPUSH', ready, id)
    due[#due + 1] = id
  end
end
if #due > 0 then arm() end
return due
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
  spillwayRequeue: REQUEUE,
  spillwayList: LIST,
  spillwayWalk: WALK,
  spillwayDescribe: DESCRIBED,
  spillwayPiece: PIECE,
} as const;
