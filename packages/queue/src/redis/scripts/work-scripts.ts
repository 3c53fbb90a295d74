import { PRELUDE, WRITES_WHEN_FULL } from './prelude.ts';

/* What workers do: each script is one transition. Redis is asked for a batch at once where it can be. */

/**
 * ARGV maxBytes, limit (at most 1,000), leaseMs, worker, token. Returns the epoch (or false), then id, envelope, attempt, history
 * for each claim. A submission that is larger than maxBytes alone comes alone, with empty texts, which are read in pieces. An expired
 * lease comes first and alone: its item may have killed the worker that held it, and must not take others with it.
 */
export const CLAIM = `${WRITES_WHEN_FULL}
${PRELUDE}
local most, limit, lease = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local room = most
local claims, marks, leases, mine, taken = {redis.call('GET', epoch)}, {}, {}, {}, 0
local function take(id, envelope, head)
  local attempt = (string.match(head or '', '^%d+') or 0) + 1
  marks[#marks + 1] = id
  marks[#marks + 1] = attempt .. ' ' .. ARGV[5] .. ' ' .. ARGV[4]
  leases[#leases + 1] = now + lease
  leases[#leases + 1] = id
  local mayHavePast = head or string.sub(envelope, 1, 2) ~= '1 '
  local past = mayHavePast and redis.call('HGET', history, id) or ''
  local size = #envelope + #past
  local fits = size <= most
  claims[#claims + 1] = id
  claims[#claims + 1] = fits and envelope or ''
  claims[#claims + 1] = attempt
  claims[#claims + 1] = fits and past or ''
  mine[id] = true
  room = room - size
  taken = taken + 1
end
local due = redis.call('ZRANGEBYSCORE', delayed, '-inf', now, 'LIMIT', 0, limit)
if #due > 0 then
  redis.call('ZREM', delayed, unpack(due))
  redis.call('RPUSH', ready, unpack(due))
end
local alone = false
for _, id in ipairs(redis.call('ZRANGEBYSCORE', active, '-inf', now, 'LIMIT', 0, 100)) do
  local envelope = redis.call('HGET', jobs, id)
  if envelope then
    take(id, envelope, redis.call('HGET', tokens, id))
    alone = true
  else
    redis.call('ZREM', active, id)
  end
  if alone then break end
end
for _ = 1, alone and 0 or 10 do
  local ids = taken < limit and room > 0 and redis.call('LPOP', ready, limit - taken)
  if not ids then break end
  local envelopes, heads = redis.call('HMGET', jobs, unpack(ids)), redis.call('HMGET', tokens, unpack(ids))
  local leased, waiting = redis.call('ZMSCORE', active, unpack(ids)), redis.call('ZMSCORE', delayed, unpack(ids))
  for i, id in ipairs(ids) do
    if taken > 0 and #(envelopes[i] or '') > room then
      for rest = #ids, i, -1 do redis.call('LPUSH', ready, ids[rest]) end
      room = 0
      break
    end
    if envelopes[i] and not leased[i] and not waiting[i] and not mine[id] then take(id, envelopes[i], heads[i]) end
  end
end
if taken > 0 then
  redis.call('HSET', tokens, unpack(marks))
  redis.call('ZADD', active, unpack(leases))
end
if redis.call('LLEN', ready) > 0 then arm() end
return claims
`;

/** ARGV leaseMs, then id, token for each. Returns the ids that are no longer held under their token. */
export const EXTEND = `${WRITES_WHEN_FULL}
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
export const RETRY = `${WRITES_WHEN_FULL}
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
export const RELEASE = `${WRITES_WHEN_FULL}
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
 * ARGV worker, then the ids that it really holds. Releases its other claims, whose reply was lost with a connection. Returns how
 * many.
 */
export const RELEASE_LOST = `${WRITES_WHEN_FULL}
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
export const FORGET = `${WRITES_WHEN_FULL}
${PRELUDE}
local ids, gone = {}, {}
for i = 1, #ARGV, 3 do ids[#ids + 1] = ARGV[i] end
local held = redis.call('HMGET', jobs, unpack(ids))
for n, id in ipairs(ids) do
  local i = 3 * n - 2
  local generation, digest = string.match(held[n] or '', '^(%d+) (%S+)')
  if generation and tonumber(generation) <= tonumber(ARGV[i + 1]) and digest == ARGV[i + 2] then gone[#gone + 1] = id end
end
if #gone > 0 then
  for _, hash in ipairs({jobs, tokens, history}) do redis.call('HDEL', hash, unpack(gone)) end
  for _, zset in ipairs({active, delayed}) do redis.call('ZREM', zset, unpack(gone)) end
end
return 0
`;
