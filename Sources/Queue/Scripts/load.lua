#!lua flags=no-writes
local time = redis.call('TIME')
local pending = redis.pcall('XPENDING', KEYS[1], ARGV[1])
local held, oldest = 0, nil
if not pending.err then
  held = tonumber(pending[1]) or 0
  if held > 0 then oldest = pending[2] end
  for _, consumer in ipairs(pending[4] or {}) do
    if consumer[1] == ARGV[2] then held = held - tonumber(consumer[2]) end
  end
end
local length = redis.call('XLEN', KEYS[1])
if not oldest and length > 0 then oldest = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1][1] end
local age = 0
if oldest then age = time[1] * 1000 + math.floor(time[2] / 1000) - tonumber(string.match(oldest, '^%d+')) end
local counts = redis.call('HMGET', KEYS[4], 'submitted', 'finished', 'collected')
return {length, held, redis.call('XLEN', KEYS[2]), redis.call('XLEN', KEYS[3]), counts[1] or 0, counts[2] or 0,
  counts[3] or 0, age}
