-- record.lua
local added, answered, i = 0, 0, 1
while i <= #ARGV do
  local id, json, words = ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2])
  if redis.call('HSETNX', KEYS[3], id, '0') == 1 then
    added = added + 1
    if json ~= '' then
      record(KEYS[2], KEYS[3], id, 'r', json)
      answered = answered + 1
    else
      local fields = {}
      for n = 1, words do fields[n] = ARGV[i + 2 + n] end
      redis.call('XADD', KEYS[1], '*', unpack(fields))
    end
  end
  i = i + 3 + words
end
if added > 0 then redis.call('HINCRBY', KEYS[4], 'submitted', added) end
if answered > 0 then redis.call('HINCRBY', KEYS[4], 'finished', answered) end
return {added, answered, redis.call('HLEN', KEYS[3])}
