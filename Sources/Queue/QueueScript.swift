import Platform
import Redis

/// A Lua script, run by its SHA-1 where the node knows it.
struct QueueScript: Sendable {
  let source: [UInt8]
  let sha: [UInt8]

  init(_ source: String) {
    self.source = Array(source.utf8)
    sha = Array(hexadecimal(Digest.of(self.source, by: .sha1)).utf8)
  }

  /// All keys are of one shard.
  func command(keys: [[UInt8]], _ arguments: [[UInt8]], whole: Bool = false) -> RedisCommand {
    let head = whole ? [utf8("EVAL"), source] : [utf8("EVALSHA"), sha]
    return RedisCommand(head + [utf8("\(keys.count)")] + keys + arguments, key: keys[0])
  }

  /// How a record gets into the queue, in every script that writes one: with its item's mark, so that there is none
  /// without the other.
  private static let record = """
    local function record(done, known, id, form, json)
      redis.call('XADD', done, '*', 'i', id, form, json)
      redis.call('HSET', known, id, '1')
    end
    """

  /// Puts items that are not in the queue into it; those that bring their record along are done at once. KEYS todo done
  /// known counts; ARGV of each item its number, its record or nothing, how many words its fields are, and these. Gives
  /// how many were new, how many of them are done, and how many are in the queue's shard.
  static let submit = QueueScript(
    """
    \(record)
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
    """)

  /// Writes records, each once however often it is told, and takes the entries out of the stream. KEYS todo done dead
  /// known counts; ARGV the group, then of each item its entry, its number, r, e or d (a record, one of a failure, one
  /// of an item that is given up) and the record. A full Redis takes no submissions, but what it has is worked off.
  static let finish = QueueScript(
    """
    #!lua flags=allow-oom
    \(record)
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
    """)

  /// Lets go what was collected up to an entry, and gives the records behind it. KEYS done known counts collector; ARGV
  /// who collects, milliseconds of his lease, the last entry he has written out or nothing, records at most. Gives
  /// whether he is the one, how many items are in the queue's shard, and the records. It has to work in a full Redis,
  /// which it makes emptier.
  static let collect = QueueScript(
    """
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
    """)

  /// Says that somebody submits still, or not any more, and gives how many do. KEYS submitters; ARGV who, and the
  /// milliseconds for which that holds.
  static let submitting = QueueScript(
    """
    #!lua flags=allow-oom
    local time = redis.call('TIME')
    local now = time[1] * 1000 + math.floor(time[2] / 1000)
    redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
    if ARGV[1] ~= '' then
      if ARGV[2] == '0' then redis.call('ZREM', KEYS[1], ARGV[1])
      else redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1]) end
    end
    return redis.call('ZCARD', KEYS[1])
    """)

  /// Puts dead letters back whose records were collected. KEYS todo known counts dead; ARGV the entry to begin at, and
  /// how many at most. Gives where to go on or nothing, how many went back, and how many could not yet.
  static let retry = QueueScript(
    """
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
    """)

  /// Forgets consumers that hold nothing: one by its name, and those that were silent for long. Deleting a consumer that
  /// holds entries would lose them. KEYS todo; ARGV the group, the name, milliseconds.
  static let forget = QueueScript(
    """
    for _, consumer in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
      local of = {}
      for n = 1, #consumer, 2 do of[consumer[n]] = consumer[n + 1] end
      if of.pending == 0 and (of.name == ARGV[2] or of.idle > tonumber(ARGV[3])) then
        redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], of.name)
      end
    end
    return 0
    """)
}
