import Platform
import Redis

/// A Lua script of Scripts/, run by its SHA-1 if the node has it cached.
///
/// Each script runs on one shard, and may be repeated without harm.
struct QueueScript: Sendable {
  let source: [UInt8]
  let sha: [UInt8]

  /// `name` is that of the file, which may include record.lua.
  init(_ name: String) {
    let text = EmbeddedFile.text(name).replacing("-- record.lua\n", with: EmbeddedFile.text("record.lua"))
    self.source = utf8(text.last == "\n" ? String(text.dropLast()) : text)
    sha = utf8(hexadecimal(Digest.of(self.source, by: .sha1)))
  }

  /// Returns the command that runs the script; all `keys` are of one shard. With `whole`, it carries the source.
  func command(keys: [[UInt8]], _ arguments: [[UInt8]], whole: Bool = false) -> RedisCommand {
    let head = whole ? [utf8("EVAL"), source] : [utf8("EVALSHA"), sha]
    return RedisCommand(head + [utf8("\(keys.count)")] + keys + arguments, key: keys[0])
  }

  /// Adds the items that are not in the queue yet; those that bring their record are done at once.
  ///
  /// - KEYS: todo, done, known, counts
  /// - ARGV: for each item its number, its record or an empty string, the number of words of its fields, and these
  /// - Returns: the numbers of new items, of those of them that are done, and of items in the shard
  static let submit = QueueScript("submit.lua")

  /// Writes records, each once however often the call is repeated, and removes their entries from the stream.
  ///
  /// A full Redis accepts no submissions, but this runs there all the same (allow-oom), so that the queue can drain.
  /// - KEYS: todo, done, dead, known, counts
  /// - ARGV: the group, then for each item its entry, its number, its form (r: a record, e: a record of a failure, d: a
  ///   record of an item that is given up) and the record
  /// - Returns: the number of records that are new
  static let finish = QueueScript("finish.lua")

  /// Removes the records collected up to an entry, and returns the next ones.
  ///
  /// It runs in a full Redis too, which it empties.
  /// - KEYS: done, known, counts, collector
  /// - ARGV: the collector's name, its lease in milliseconds, the last entry it has written out or an empty string, the
  ///   maximum number of records
  /// - Returns: 1 if the lease is this collector's, else 0; the number of items in the shard; the records
  static let collect = QueueScript("collect.lua")

  /// Registers or deregisters a submitter.
  ///
  /// - KEYS: submitters
  /// - ARGV: its name or an empty string, and the milliseconds for which it stays registered, 0 to deregister
  /// - Returns: the number of submitters
  static let submitting = QueueScript("submitting.lua")

  /// Requeues the dead letters whose records were collected.
  ///
  /// - KEYS: todo, known, counts, dead
  /// - ARGV: the first entry, and the maximum number of entries
  /// - Returns: the last entry examined or an empty string, the numbers of entries requeued and not yet requeued
  static let retry = QueueScript("retry.lua")

  /// Counts what is in a shard, also in a full Redis.
  ///
  /// - KEYS: todo, done, dead, counts
  /// - ARGV: the group, the consumer of items that workers have returned
  /// - Returns: the numbers of items, of leased ones, of records and of dead letters, the totals of submitted, finished
  ///   and collected items, and the milliseconds since the oldest item was submitted
  static let load = QueueScript("load.lua")

  /// Deletes consumers that hold nothing: one by its name, and those idle for long. Deleting a consumer that holds
  /// entries would lose them.
  ///
  /// - KEYS: todo
  /// - ARGV: the group, the consumer's name, the idle time in milliseconds
  static let forget = QueueScript("forget.lua")

  /// Announces a worker, or withdraws its announcement, and removes those of workers that have been silent for long.
  ///
  /// It does nothing once the queue is deleted, so that nothing of it comes back.
  /// - KEYS: meta, workers, beats
  /// - ARGV: the consumer's name, the milliseconds after which announcements are removed, the announcement or an empty
  ///   string
  /// - Returns: 1, or 0 if there is no queue
  static let announce = QueueScript("announce.lua")
}
