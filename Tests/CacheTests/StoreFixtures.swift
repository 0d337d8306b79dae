import Foundation
import Logging

@testable import Cache
@testable import Recognition
@testable import Redis

/// Keys and values for stores, and stores in a folder of its own, removed with it.
final class StoreFixtures {
  let folder: URL
  let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("imgrec-stores-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  var sqlitePath: String { folder.appendingPathComponent("a.sqlite").path }

  func sqlite() -> SQLiteStore { SQLiteStore(path: sqlitePath, logger: logger) }

  func redis(_ url: String) throws -> RedisStore { RedisStore(try RedisURL(url, environment: [:]), logger: logger) }

  static func key(_ n: Int, query: UInt8 = 1) -> AnswerKey {
    var image = [UInt8](repeating: 7, count: 32)
    for byte in 0..<8 { image[byte] = UInt8(truncatingIfNeeded: n >> (8 * byte)) }
    return AnswerKey(image: image, query: QueryKey(digest: Array(repeating: query, count: 32), text: "a query"))
  }

  static func value(_ n: Int) -> [UInt8] {
    Array(
      "{\"format\":\"jpeg\",\"width\":\(n),\"height\":2,\"findings\":[{\"label\":\"a\",\"id\":\(n),\"score\":0.5}]}"
        .utf8)
  }

  /// Answers 0..<`count`.
  static func batch(_ count: Int) -> StoreBatch {
    var batch = StoreBatch()
    for n in 0..<count { batch.answers.append((key(n), value(n))) }
    return batch
  }
}
