#!lua flags=allow-oom
-- record.lua
local new, dead = 0, 0
for i = 2, #ARGV, 4 do
  if redis.call('HGET', KEYS[4], ARGV[i + 1]) == '0' then
    local form = ARGV[i + 2]
    if form == 'd' then
      local entry = redis.call('XRANGE', KEYS[1], ARGV[i], ARGV[i])[1]
      if entry then redis.call('XADD', KEYS[3], 'MAXLEN', '~', '100000', '*', unpack(entry[2])) end
      form = 'e'
      dead = dead + 1
    end
    record(KEYS[2], KEYS[4], ARGV[i + 1], form, ARGV[i + 3])
    new = new + 1
  end
  redis.call('XACK', KEYS[1], ARGV[1], ARGV[i])
  redis.call('XDEL', KEYS[1], ARGV[i])
end
if new > 0 then redis.call('HINCRBY', KEYS[5], 'finished', new) end
if dead > 0 then redis.call('HINCRBY', KEYS[5], 'dead', dead) end
return new
