local letters = redis.call('XRANGE', KEYS[4], ARGV[1], '+', 'COUNT', ARGV[2])
local back, left, last = 0, 0, ''
for _, entry in ipairs(letters) do
  last = entry[1]
  if redis.call('HSETNX', KEYS[2], entry[2][2], '0') == 1 then
    redis.call('XADD', KEYS[1], '*', unpack(entry[2]))
    redis.call('XDEL', KEYS[4], entry[1])
    back = back + 1
  else
    left = left + 1
  end
end
if back > 0 then redis.call('HINCRBY', KEYS[3], 'submitted', back) end
return {last, back, left}
