#!lua flags=allow-oom
local owner = redis.call('GET', KEYS[4])
if owner and owner ~= ARGV[1] then return {0, 0, {}} end
redis.call('SET', KEYS[4], ARGV[1], 'PX', ARGV[2])
local from = '-'
if ARGV[3] ~= '' then
  from = '(' .. ARGV[3]
  local old = redis.call('XRANGE', KEYS[1], '-', ARGV[3])
  for _, entry in ipairs(old) do
    redis.call('HDEL', KEYS[2], entry[2][2])
    redis.call('XDEL', KEYS[1], entry[1])
  end
  if #old > 0 then redis.call('HINCRBY', KEYS[3], 'collected', #old) end
end
local new = redis.call('XRANGE', KEYS[1], from, '+', 'COUNT', ARGV[4])
return {1, redis.call('HLEN', KEYS[2]), new}
