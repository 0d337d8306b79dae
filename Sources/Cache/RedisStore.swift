import Foundation
import Logging
import Platform
import Recognition
import Redis
import Synchronization

/// Cached results in a Redis, for any number of machines. One key per answer:
///
///     imgrec:{the image's SHA-256 in base64url}:the query's number in hex -> CachedAnswer and its checksum
///
/// The braces keep all answers about one image on one node of a cluster. File stamps are valid on one machine only and
/// are not stored. A Redis that cannot be reached is tried again after a pause that doubles up to ten seconds; until
/// then nothing waits for it.
public final class RedisStore: ResultStore {
  private struct State {
    /// Monotonic seconds before which no command is sent.
    var readAt = 0.0
    var writeAt = 0.0
    var pause = 0.1
  }

  private let client: RedisClient
  private let ttl: Int?
  private let log: StoreDiagnostics
  private let state = Mutex(State())
  /// Maximum number of keys in one exchange.
  private static let batch = 256

  public init(_ url: RedisURL, logger: Logger) {
    client = RedisClient(url)
    ttl = url.ttl
    log = StoreDiagnostics(name: "\(url)", logger: logger)
  }

  /// Throws if Redis does not answer.
  public static func check(_ url: RedisURL) throws(RedisError) {
    _ = try RedisClient(url).run([RedisCommand("PING")], attempts: 1)
  }

  public var faults: Int { log.count }

  public func digests(of stamps: [FileStamp]) -> [[UInt8]?] { Array(repeating: nil, count: stamps.count) }

  public func answers(to keys: [AnswerKey]) -> [[UInt8]?] {
    var values: [[UInt8]?] = []
    values.reserveCapacity(keys.count)
    let isCluster = client.url.topology == .cluster
    for start in stride(from: 0, to: keys.count, by: Self.batch) {
      let asked = keys[start..<min(keys.count, start + Self.batch)]
      let part = asked.map(Self.name)
      func append(_ found: [[UInt8]?]) {
        values += zip(found, asked).map { value, key in value.flatMap { AnswerSeal.open($0, of: key) } }
      }
      guard state.withLock({ monotonicSeconds() >= $0.readAt }) else {
        values += Array(repeating: nil, count: part.count)
        continue
      }
      do {
        if isCluster {
          let replies = try client.run(part.map { RedisCommand([Array("GET".utf8), $0], key: $0) }, attempts: 3)
          append(replies.map(\.data))
        } else {
          let reply = try client.run([RedisCommand([Array("MGET".utf8)] + part)], attempts: 2)[0]
          if case .refused(let message) = reply { throw RedisError(description: message) }
          append((0..<part.count).map { reply.array.indices.contains($0) ? reply.array[$0].data : nil })
        }
        recover()
      } catch {
        values += Array(repeating: nil, count: part.count)
        pause(error)
      }
    }
    return values
  }

  public func put(_ batch: StoreBatch) {
    let life = ttl.map { [Array("EX".utf8), Array("\($0)".utf8)] } ?? []
    for start in stride(from: 0, to: batch.answers.count, by: Self.batch) {
      guard state.withLock({ monotonicSeconds() >= max($0.readAt, $0.writeAt) }) else { return }
      let commands = batch.answers[start..<min(batch.answers.count, start + Self.batch)].map { key, value in
        let name = Self.name(key)
        return RedisCommand([Array("SET".utf8), name, AnswerSeal.seal(value, of: key)] + life, key: name)
      }
      do {
        let replies = try client.run(commands, attempts: 3)
        recover()
        for case .refused(let message) in replies {
          // Out of memory or read-only; reading may still work.
          state.withLock { $0.writeAt = monotonicSeconds() + 5 }
          let kind = message.prefix { $0 != " " }
          log.note("write \(kind)", "accepts no results: \(message)")
          break
        }
      } catch {
        pause(error)
      }
    }
  }

  public func close() {}

  private func pause(_ error: any Error) {
    state.withLock {
      $0.readAt = monotonicSeconds() + $0.pause
      $0.pause = min(10, $0.pause * 2)
    }
    log.note("unreachable", "does not answer; the run continues without it: \(error)")
  }

  private func recover() {
    let wasDown = state.withLock { state in
      defer { state.pause = 0.1 }
      return state.pause > 0.1
    }
    if wasDown { log.forget("unreachable") }
  }

  /// Returns the key in Redis.
  static func name(_ key: AnswerKey) -> [UInt8] {
    var name = Array("imgrec:{".utf8)
    for character in Data(key.image).base64EncodedString().utf8 {
      switch character {
      case UInt8(ascii: "+"): name.append(UInt8(ascii: "-"))
      case UInt8(ascii: "/"): name.append(UInt8(ascii: "_"))
      case UInt8(ascii: "="): break
      default: name.append(character)
      }
    }
    name += Array("}:".utf8)
    name += Array(String(UInt64(bitPattern: key.query.number), radix: 16).utf8)
    return name
  }
}
