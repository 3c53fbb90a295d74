import { PRELUDE, READS } from './prelude.ts';

/*
 * What operators look at. Each call looks at a bounded number of ids and, since Redis must read an envelope to find its head, of
 * bytes: submissions wait meanwhile.
 */

/** A call stops once it has read this many bytes: some 10 ms of Redis' time. */
const MAX_BYTES = 1024 * 1024;

/**
 * Adds the data of an id to a flat reply: nine fields, an empty string for a missing one. If the answer would get larger than ARGV[1]
 * bytes, envelope and history are empty, and are read in pieces.
 */
const DESCRIBE = `
local room = tonumber(ARGV[1])
local function describe(reply, id, envelope, withPayload, place)
  local headEnd = string.find(envelope, '\\n', 1, true) or #envelope
  local attempts, _, worker = read(id)
  local text = withPayload == '1' and envelope or string.sub(envelope, 1, headEnd)
  local past = redis.call('HGET', history, id) or ''
  if #text + #past > room then text, past = '', '' end
  room = room - #text - #past
  local n = #reply
  reply[n + 1] = id
  reply[n + 2] = text
  reply[n + 3] = #envelope - headEnd
  reply[n + 4] = redis.call('ZSCORE', active, id) or ''
  reply[n + 5] = redis.call('ZSCORE', delayed, id) or ''
  reply[n + 6] = attempts
  reply[n + 7] = worker
  reply[n + 8] = past
  reply[n + 9] = place
end
`;

/**
 * ARGV maxBytes, section, from, count, with payload (1 or 0). A stretch of 'active', 'ready' or 'delayed', by place; returns how many ids were
 * looked at, 1 where that was the section's end, then nine fields for each that is held and stands nowhere else.
 */
export const LIST = `${READS}
${PRELUDE}
${DESCRIBE}
local section, from = ARGV[2], tonumber(ARGV[3])
local to = from + ARGV[4] - 1
local ids = section == 'ready' and redis.call('LRANGE', ready, from, to)
  or redis.call('ZRANGE', section == 'active' and active or delayed, from, to)
local reply, bytes = {0, 0}, 0
for i, id in ipairs(ids) do
  local envelope = redis.call('HGET', jobs, id)
  if i > 1 and (bytes > ${MAX_BYTES} or ARGV[5] == '1' and #(envelope or '') > room) then return reply end
  bytes = bytes + (envelope and #envelope or 0)
  local elsewhere = section == 'ready' and (redis.call('ZSCORE', active, id) or redis.call('ZSCORE', delayed, id))
  if envelope and not elsewhere then describe(reply, id, envelope, ARGV[5], i - 1) end
  reply[1] = i
end
if #ids < tonumber(ARGV[4]) then reply[2] = 1 end
return reply
`;

/** ARGV maxBytes, cursor, count, with payload (1 or 0). A step over all that is held, in no order: returns the next cursor, then nine fields for each. */
export const WALK = `${READS}
${PRELUDE}
${DESCRIBE}
local page = redis.call('HSCAN', jobs, ARGV[2], 'COUNT', ARGV[3])
local reply = {page[1]}
for i = 1, #page[2], 2 do describe(reply, page[2][i], page[2][i + 1], ARGV[4], 0) end
return reply
`;

/** ARGV maxBytes, with payload (1 or 0), then ids. Returns nine fields for each that is held. */
export const DESCRIBED = `${READS}
${PRELUDE}
${DESCRIBE}
local reply = {}
for i = 3, #ARGV do
  local envelope = redis.call('HGET', jobs, ARGV[i])
  if envelope then describe(reply, ARGV[i], envelope, ARGV[2], 0) end
end
return reply
`;

/** ARGV maxBytes, 'envelope' or 'history', id, from. A piece of a text from that byte on, and where the next one begins (0: nowhere). */
export const PIECE = `${READS}
${PRELUDE}
local text = redis.call('HGET', ARGV[2] == 'history' and history or jobs, ARGV[3])
if not text then return {0, ARGV[2] == 'history' and '' or false} end
local from = tonumber(ARGV[4])
local to = from + ARGV[1] - 1
-- Not within a character: bytes 128 to 191 continue one.
while to > from and (string.byte(text, to + 1) or 0) >= 128 and string.byte(text, to + 1) < 192 do to = to - 1 end
return {to < #text and to + 1 or 0, string.sub(text, from, to)}
`;
