import Foundation
import GRDB
import Logging
import Platform
import Recognition
import Synchronization

/// Cached results in one SQLite file, for this machine. Several processes may use it at once.
public final class SQLiteStore: ResultStore {
  private enum Kind: String { case open, read, write, locked }

  private struct State {
    /// Disabled for the rest of the run.
    var readsOff = false
    var writesOff = false
    /// Monotonic seconds before which nothing is written, as another process held the lock.
    var writesAt = 0.0
    /// Numbers of the queries that the store describes already.
    var known: Set<Int64> = []
  }

  private let pool: DatabasePool?
  private let log: StoreDiagnostics
  private let state = Mutex(State())

  /// Opens the store at `path`; if that fails, warns, and stays empty.
  public init(path: String, logger: Logger) {
    log = StoreDiagnostics(name: path, logger: logger)
    do { pool = try SQLiteFile.open(path) } catch {
      pool = nil
      log.note(Kind.open.rawValue, "is not used: \(Self.message(error))")
    }
  }

  public var faults: Int { log.count }

  public func digests(of stamps: [FileStamp]) -> [[UInt8]?] {
    read(count: stamps.count) { db in
      let rows = try SQLiteBatch(
        db, "SELECT size, modified, changed, digest FROM stamp WHERE inode = ? AND device = ?")
      defer { rows.end() }
      return try stamps.map { stamp in
        try rows.first(.number(Int64(bitPattern: stamp.inode)), .number(Int64(bitPattern: stamp.device))) { row in
          guard row.number(0) == stamp.size, row.number(1) == stamp.modified, row.number(2) == stamp.changed else {
            return nil
          }
          return Array(row.bytes(3))
        }
      }
    }
  }

  public func answers(to keys: [AnswerKey]) -> [[UInt8]?] {
    read(count: keys.count) { db in
      let rows = try SQLiteBatch(db, "SELECT question, image, value FROM answer WHERE id = ?")
      defer { rows.end() }
      return try keys.map { key in
        try rows.first(.number(Self.id(key))) { row in
          guard row.number(0) == key.query.number, row.bytes(1).elementsEqual(key.image) else { return nil }
          return AnswerSeal.open(row.bytes(2), of: key)
        }
      }
    }
  }

  public func put(_ batch: StoreBatch) {
    guard let pool, !batch.isEmpty, state.withLock({ !$0.writesOff && monotonicSeconds() >= $0.writesAt }) else {
      return
    }
    let now = Int64(Date().timeIntervalSince1970)
    let known = state.withLock { $0.known }
    let new = Set(batch.answers.map(\.key.query)).filter { !known.contains($0.number) }
    do {
      try pool.write { db in
        for query in new {
          try db.execute(
            sql: "INSERT OR IGNORE INTO question VALUES(?, ?, ?)",
            arguments: [query.number, Data(query.digest), query.text])
        }
        let answer = try SQLiteBatch(db, "INSERT OR REPLACE INTO answer VALUES(?, ?, ?, ?, ?)")
        defer { answer.end() }
        for (key, value) in batch.answers {
          try answer.run(
            .number(Self.id(key)), .bytes(key.image), .number(key.query.number), .number(now),
            .bytes(AnswerSeal.seal(value, of: key)))
        }
        let stamp = try SQLiteBatch(db, "INSERT OR REPLACE INTO stamp VALUES(?, ?, ?, ?, ?, ?, ?)")
        defer { stamp.end() }
        for (entry, digest) in batch.stamps {
          try stamp.run(
            .number(Int64(bitPattern: entry.inode)), .number(Int64(bitPattern: entry.device)), .number(entry.size),
            .number(entry.modified), .number(entry.changed), .number(now), .bytes(digest))
        }
      }
      state.withLock { $0.known.formUnion(new.map(\.number)) }
    } catch {
      switch Self.code(error) {
      case .SQLITE_BUSY, .SQLITE_LOCKED:
        // A process that holds the lock for long must not delay the run at every batch.
        state.withLock { $0.writesAt = monotonicSeconds() + 30 }
        log.note(Kind.locked.rawValue, "locked by another process; some results are not cached")
      default:
        state.withLock { $0.writesOff = true }
        log.note(Kind.write.rawValue, "accepts no more results: \(Self.message(error))")
      }
    }
  }

  public func close() { try? pool?.close() }

  /// Reads in one transaction, so that the whole batch sees the same state.
  private func read(count: Int, _ body: (Database) throws -> [[UInt8]?]) -> [[UInt8]?] {
    let misses = [[UInt8]?](repeating: nil, count: count)
    guard let pool, count > 0, !state.withLock({ $0.readsOff }) else { return misses }
    do { return try pool.read(body) } catch {
      if Self.code(error) == .SQLITE_BUSY {
        log.note(Kind.locked.rawValue, "locked by another process; some results are not looked up")
      } else {
        state.withLock { $0.readsOff = true }
        log.note(Kind.read.rawValue, "is not read any more: \(Self.message(error))")
      }
      return misses
    }
  }

  /// Returns the row id of an answer.
  static func id(_ key: AnswerKey) -> Int64 {
    Int64(bitPattern: key.image.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }) ^ key.query.number
  }

  private static func code(_ error: any Error) -> ResultCode? {
    (error as? DatabaseError)?.resultCode.primaryResultCode
  }

  static func message(_ error: any Error) -> String {
    switch error {
    case let refusal as SQLiteFile.Refusal: refusal.message
    case let error as DatabaseError:
      switch error.resultCode.primaryResultCode {
      case .SQLITE_CORRUPT, .SQLITE_NOTADB: "the file is damaged; \"imgrec cache clear\" removes it"
      case .SQLITE_FULL: "the disk is full"
      default: error.message ?? "SQLite error \(error.resultCode.rawValue)"
      }
    default: "\(error.localizedDescription)"
    }
  }
}
