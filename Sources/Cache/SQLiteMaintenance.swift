import Foundation
import GRDB
import Platform
import Records

/// Maintenance of the embedded store, for `imgrec cache`.
public enum SQLiteMaintenance {
  public struct Stats: Sendable {
    public var answers = 0
    public var stamps = 0
    /// Bytes of the file that are in use.
    public var bytes = 0
    /// Queries and their numbers of answers, the most frequent first.
    public var questions: [(text: String, answers: Int)] = []
  }

  /// Counts the contents of the store.
  public static func stats(_ path: String) throws(SetupError) -> Stats {
    var stats = Stats()
    try work(path) { pool in
      try pool.read { db in
        stats.answers = try Int.fetchOne(db, sql: "SELECT count(*) FROM answer") ?? 0
        stats.stamps = try Int.fetchOne(db, sql: "SELECT count(*) FROM stamp") ?? 0
        stats.bytes = try bytes(db)
        let rows = try Row.fetchAll(
          db,
          sql: """
            SELECT coalesce(q.text, 'unknown'), count(*) FROM answer a LEFT JOIN question q ON q.number = a.question
            GROUP BY a.question ORDER BY 2 DESC
            """)
        stats.questions = rows.map { ($0[0], $0[1]) }
      }
    }
    return stats
  }

  /// Deletes results older than `maxAge` seconds, then the oldest until the store has at most `maxBytes`. Returns the
  /// number of results deleted.
  public static func prune(_ path: String, maxBytes: Int?, maxAge: Int?) throws(SetupError) -> Int {
    var deleted = 0
    try work(path) { pool in
      func delete(before time: Int64) throws {
        deleted += try pool.write { db in
          try db.execute(sql: "DELETE FROM answer WHERE written < ?", arguments: [time])
          let count = db.changesCount
          try db.execute(sql: "DELETE FROM stamp WHERE written < ?", arguments: [time])
          return count
        }
      }
      if let maxAge { try delete(before: Int64(Date().timeIntervalSince1970) - Int64(maxAge)) }
      while let maxBytes, try pool.read(bytes) > maxBytes {
        // A tenth at a time; all at once if all were written in the same second.
        let time = try pool.read { db in
          try Int64.fetchOne(
            db,
            sql: "SELECT written FROM answer ORDER BY written LIMIT 1 OFFSET (SELECT count(*) / 10 FROM answer)")
        }
        guard let time else {
          try pool.write { try $0.execute(sql: "DELETE FROM stamp") }
          break
        }
        try delete(before: time + 1)
      }
      try pool.writeWithoutTransaction { db in
        try db.execute(sql: "DELETE FROM question WHERE number NOT IN (SELECT question FROM answer)")
        try db.execute(sql: "PRAGMA incremental_vacuum")
        try db.checkpoint(.truncate)
      }
    }
    return deleted
  }

  /// Removes the store's files. A file that is not a store stays, unless `evenDamaged`, for the default path.
  public static func clear(_ path: String, evenDamaged: Bool) throws(SetupError) {
    do { _ = try SQLiteFile.exists(path) } catch let refusal as SQLiteFile.Refusal {
      guard refusal.isDamage, evenDamaged else {
        throw SetupError("\(path) is not a result store of this version; delete it yourself")
      }
    } catch {
      throw SetupError("\(path): \(error.localizedDescription)")
    }
    for ending in ["", "-wal", "-shm"] {
      let file = path + ending
      guard FileManager.default.fileExists(atPath: file) else { continue }
      do { try FileManager.default.removeItem(atPath: file) } catch {
        throw SetupError("cannot delete \(file): \(error.localizedDescription)")
      }
    }
  }

  /// Returns a description of each problem of the store; empty if it is intact.
  public static func verify(_ path: String) throws(SetupError) -> [String] {
    var problems: [String] = []
    try work(path) { pool in
      try pool.read { db in
        problems = try String.fetchAll(db, sql: "PRAGMA integrity_check").filter { $0 != "ok" }
        let rows = try Row.fetchCursor(db, sql: "SELECT id, image, question, value FROM answer")
        while let row = try rows.next() {
          let image: Data = row[1]
          let id = Int64(bitPattern: image.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }) ^ (row[2] as Int64)
          if image.count != 32 || id != row[0] { problems.append("answer \(row[0] as Int64): wrong id") }
          guard let value = AnswerSeal.open(row[3] as Data, image: Array(image), query: row[2]) else {
            problems.append("answer \(row[0] as Int64): damaged")
            continue
          }
          if CachedAnswer(value) == nil { problems.append("answer \(row[0] as Int64): not a result") }
        }
        let stamps = try Row.fetchCursor(db, sql: "SELECT inode FROM stamp WHERE length(digest) <> 32")
        while let row = try stamps.next() { problems.append("file \(row[0] as Int64): no digest") }
      }
    }
    return problems
  }

  private static func bytes(_ db: Database) throws -> Int {
    let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
    let free = try Int.fetchOne(db, sql: "PRAGMA freelist_count") ?? 0
    return (pages - free) * (try Int.fetchOne(db, sql: "PRAGMA page_size") ?? 0)
  }

  private static func work(_ path: String, _ body: (DatabasePool) throws -> Void) throws(SetupError) {
    do {
      let pool = try SQLiteFile.open(path)
      try body(pool)
      try pool.close()
    } catch {
      throw SetupError("\(path): \(SQLiteStore.message(error))")
    }
  }
}
