local function record(done, known, id, form, json)
  redis.call('XADD', done, '*', 'i', id, form, json)
  redis.call('HSET', known, id, '1')
end
