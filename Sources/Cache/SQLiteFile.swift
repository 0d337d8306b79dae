import Foundation
import GRDB
import Platform

/// The embedded store's file: where it is, whether it is one, and making it.
///
///     answer    id: the image's first eight bytes XOR the question's number; image and question are compared in full
///     question  what the numbers stand for, for people
///     stamp     files that were read, by device and inode
public enum SQLiteFile {
  /// "imgr", by which SQLite files are told apart.
  static let applicationID: UInt32 = 0x696d_6772
  static let version: UInt32 = 1

  /// `$XDG_CACHE_HOME/imgrec/results.sqlite`, else under `~/.cache`; nil where there is neither.
  public static func standardPath(environment: [String: String]) -> String? {
    if let cache = environment["XDG_CACHE_HOME"], cache.hasPrefix("/") { return "\(cache)/imgrec/results.sqlite" }
    guard let home = environment["HOME"], home.hasPrefix("/") else { return nil }
    return "\(home)/.cache/imgrec/results.sqlite"
  }

  /// Why a store cannot be used.
  struct Refusal: Error {
    var message: String
    /// Whether there is nothing of value in the file.
    var isDamage = false
  }

  /// Opens the store, made if there is none. A file that is something else is not touched.
  static func open(_ path: String) throws -> DatabasePool {
    if try !isThere(path) { try make(path) }
    return try DatabasePool(path: path, configuration: configuration)
  }

  /// Whether a store of this version is at `path`; throws where something else is.
  static func isThere(_ path: String) throws -> Bool {
    guard let file = fopen(path, "re") else {
      if errno == ENOENT { return false }
      throw Refusal(message: systemMessage())
    }
    defer { fclose(file) }
    var header = [UInt8](repeating: 0, count: 100)
    guard fread(&header, 1, 100, file) == 100, header.starts(with: Array("SQLite format 3\0".utf8)) else {
      throw Refusal(
        message: "the file is damaged, or no store of results; \"imgrec cache clear\" removes a damaged one",
        isDamage: true)
    }
    func word(_ offset: Int) -> UInt32 { header[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) } }
    guard word(68) == applicationID else { throw Refusal(message: "the file is a database of another program") }
    guard word(60) <= version else { throw Refusal(message: "the store was made by a newer imgrec") }
    return true
  }

  /// Makes a store beside its place and links it there, so that nobody ever sees a half of one.
  private static func make(_ path: String) throws {
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
      // A lost last transaction costs a look-up; a damaged file would cost all of them, and WAL holds that off.
      try db.execute(sql: "PRAGMA synchronous = NORMAL")
      try db.execute(sql: "PRAGMA cache_size = -8192")
      try db.execute(sql: "PRAGMA mmap_size = 0")
    }
    return configuration
  }
}
