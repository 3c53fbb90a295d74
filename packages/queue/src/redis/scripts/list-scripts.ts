import { PRELUDE, READS } from './prelude.ts';

/*
 * What operators look at. Each call looks at a bounded number of ids and, since Redis must read an envelope to find its head, of
 * bytes: submissions wait meanwhile.
 */

/** A call stops once it has read this many bytes of envelopes: some 10 ms of Redis' time. */
const MAX_BYTES = 1024 * 1024;

/** Adds the data of an id to a flat reply: nine fields, an empty string for a missing one. */
const DESCRIBE = `
local function describe(reply, id, envelope, withPayload, place)
  local headEnd = string.find(envelope, '\\n', 1, true) or #envelope
  local attempts, _, worker = read(id)
  local n = #reply
  reply[n + 1] = id
  reply[n + 2] = withPayload == '1' and envelope or string.sub(envelope, 1, headEnd)
  reply[n + 3] = #envelope - headEnd
  reply[n + 4] = redis.call('ZSCORE', active, id) or ''
  reply[n + 5] = redis.call('ZSCORE', delayed, id) or ''
  reply[n + 6] = attempts
  reply[n + 7] = worker
  reply[n + 8] = redis.call('HGET', history, id) or ''
  reply[n + 9] = place
end
`;

/**
 * ARGV section, from, count, with payload (1 or 0). A stretch of 'active', 'ready' or 'delayed', by place; returns how many ids were
 * looked at, 1 where that was the section's end, then nine fields for each that is held and stands nowhere else.
 */
export const LIST = `${READS}
${PRELUDE}
${DESCRIBE}
local section, from = ARGV[1], tonumber(ARGV[2])
local to = from + ARGV[3] - 1
local ids = section == 'ready' and redis.call('LRANGE', ready, from, to)
  or redis.call('ZRANGE', section == 'active' and active or delayed, from, to)
local reply, bytes = {0, 0}, 0
for i, id in ipairs(ids) do
  if bytes > ${MAX_BYTES} then return reply end
  local envelope = redis.call('HGET', jobs, id)
  bytes = bytes + (envelope and #envelope or 0)
  local elsewhere = section == 'ready' and (redis.call('ZSCORE', active, id) or redis.call('ZSCORE', delayed, id))
  if envelope and not elsewhere then describe(reply, id, envelope, ARGV[4], i - 1) end
  reply[1] = i
end
if #ids < tonumber(ARGV[3]) then reply[2] = 1 end
return reply
`;

/** ARGV cursor, count, with payload (1 or 0). A step over all that is held, in no order: returns the next cursor, then nine fields for each. */
export const WALK = `${READS}
${PRELUDE}
${DESCRIBE}
local page = redis.call('HSCAN', jobs, ARGV[1], 'COUNT', ARGV[2])
local reply = {page[1]}
for i = 1, #page[2], 2 do describe(reply, page[2][i], page[2][i + 1], ARGV[3], 0) end
return reply
`;

/** ARGV with payload (1 or 0), then ids. Returns nine fields for each that is held. */
export const DESCRIBED = `${READS}
${PRELUDE}
${DESCRIBE}
local reply = {}
for i = 2, #ARGV do
  local envelope = redis.call('HGET', jobs, ARGV[i])
  if envelope then describe(reply, ARGV[i], envelope, ARGV[1], 0) end
end
return reply
`;
