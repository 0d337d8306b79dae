import Foundation
import GRDB
import Platform

/// The file of the embedded store: recognising, creating and opening it. Tables:
///
///     answer    id: the image's first eight bytes XOR the query's number; image and query are compared in full; value:
///               the answer and its checksum
///     question  descriptions of the queries by number, for people
///     stamp     files that were read, by device and inode
enum SQLiteFile {
  /// "imgr", the application ID in the header of the database.
  static let applicationID: UInt32 = 0x696d_6772
  /// 2: answers have a checksum.
  static let version: UInt32 = 2

  /// Why a store cannot be used.
  struct Refusal: Error {
    var message: String
    /// Whether the file holds nothing of value.
    var isDamage = false
  }

  /// Opens the store, and creates it if it does not exist. A file that is something else is not touched.
  static func open(_ path: String) throws -> DatabasePool {
    if try !exists(path) { try create(path) }
    let pool = try DatabasePool(path: path, configuration: configuration)
    try upgrade(pool)
    return pool
  }

  /// Whether a store of this version is at `path`; throws `Refusal` if something else is.
  static func exists(_ path: String) throws -> Bool {
    guard let file = fopen(path, "re") else {
      if errno == ENOENT { return false }
      throw Refusal(message: systemMessage())
    }
    defer { fclose(file) }
    var header = [UInt8](repeating: 0, count: 100)
    guard fread(&header, 1, 100, file) == 100, header.starts(with: Array("SQLite format 3\0".utf8)) else {
      throw Refusal(
        message: "the file is damaged or not a result store; \"imgrec cache clear\" removes a damaged one",
        isDamage: true)
    }
    func word(_ offset: Int) -> UInt32 { header[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) } }
    guard word(68) == applicationID else { throw Refusal(message: "the file is a database of another program") }
    guard word(60) <= version else { throw Refusal(message: "the store was written by a newer imgrec") }
    return true
  }

  /// Removes the answers of an older version, which this one does not ask for.
  private static func upgrade(_ pool: DatabasePool) throws {
    func found(_ db: Database) throws -> Int { try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0 }
    guard try pool.read(found) < version else { return }
    try pool.write { db in
      guard try found(db) < version else { return }
      try db.execute(sql: "DELETE FROM answer; DELETE FROM question; PRAGMA user_version = \(version)")
    }
  }

  /// Creates a store under a temporary name and links it to `path`, so that no process ever sees half a store.
  private static func create(_ path: String) throws {
    let folder = (path as NSString).deletingLastPathComponent
    if !folder.isEmpty { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }
    let temporary = "\(path).\(getpid()).new"
    unlink(temporary)
    defer {
      unlink(temporary)
      unlink(temporary + "-journal")
    }
    let database = try DatabaseQueue(path: temporary)
    try database.writeWithoutTransaction { db in
      try db.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL")
      try db.execute(sql: "PRAGMA page_size = 8192")
      try db.inTransaction {
        try db.execute(sql: schema)
        return .commit
      }
    }
    try database.close()
    guard link(temporary, path) == 0 || errno == EEXIST else {
      throw Refusal(message: systemMessage())
    }
  }

  private static let schema = """
    CREATE TABLE answer(
      id INTEGER PRIMARY KEY, image BLOB NOT NULL, question INTEGER NOT NULL, written INTEGER NOT NULL,
      value BLOB NOT NULL);
    CREATE TABLE question(number INTEGER PRIMARY KEY, digest BLOB NOT NULL, text TEXT NOT NULL);
    CREATE TABLE stamp(
      inode INTEGER NOT NULL, device INTEGER NOT NULL, size INTEGER NOT NULL, modified INTEGER NOT NULL,
      changed INTEGER NOT NULL, written INTEGER NOT NULL, digest BLOB NOT NULL,
      PRIMARY KEY(inode, device)) WITHOUT ROWID;
    PRAGMA application_id = \(applicationID);
    PRAGMA user_version = \(version);
    """

  private static var configuration: Configuration {
    var configuration = Configuration()
    configuration.busyMode = .timeout(5)
    configuration.maximumReaderCount = 3
    configuration.prepareDatabase { db in
      // A lost last transaction costs a look-up; a damaged file would cost all of them, which WAL prevents.
      try db.execute(sql: "PRAGMA synchronous = NORMAL")
      try db.execute(sql: "PRAGMA cache_size = -8192")
      try db.execute(sql: "PRAGMA mmap_size = 0")
    }
    return configuration
  }
}
