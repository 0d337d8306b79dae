import Foundation
import Logging
import Recognition
import Redis
import Synchronization

/// Results in a Redis, for any number of machines. One key an answer:
///
///     imgrec:{the image's SHA-256 in base64url}:the question's number in hex -> StoredAnswer
///
/// The braces keep all answers about one image on one node of a cluster. Stamps of files are a machine's own and are
/// not kept here. A Redis that is away is asked again after a pause that doubles up to ten seconds; until then nothing
/// waits for it.
public final class RedisStore: ResultStore {
  private struct State {
    /// Monotonic seconds; nobody asks before.
    var readAt = 0.0
    var writeAt = 0.0
    var pause = 0.1
  }

  private let client: RedisClient
  private let ttl: Int?
  private let log: StoreDiagnostics
  private let state = Mutex(State())
  /// Keys in one exchange.
  private static let batch = 256

  public init(_ url: RedisURL, logger: Logger) {
    client = RedisClient(url)
    ttl = url.ttl
    log = StoreDiagnostics(name: "\(url)", logger: logger)
  }

  public var faults: Int { log.count }

  public func digests(of stamps: [FileStamp]) -> [[UInt8]?] { Array(repeating: nil, count: stamps.count) }

  public func answers(to keys: [AnswerKey]) -> [[UInt8]?] {
    var values: [[UInt8]?] = []
    values.reserveCapacity(keys.count)
    let isCluster = client.url.topology == .cluster
    for start in stride(from: 0, to: keys.count, by: Self.batch) {
      let part = keys[start..<min(keys.count, start + Self.batch)].map(Self.name)
      guard state.withLock({ Self.now >= $0.readAt }) else {
        values += Array(repeating: nil, count: part.count)
        continue
      }
      do {
        if isCluster {
          let replies = try client.run(part.map { RedisCommand([Array("GET".utf8), $0], key: $0) }, attempts: 3)
          values += replies.map(\.data)
        } else {
          let reply = try client.run([RedisCommand([Array("MGET".utf8)] + part)], attempts: 2)[0]
          if case .refused(let message) = reply { throw RedisError(description: message) }
          values += (0..<part.count).map { reply.array.indices.contains($0) ? reply.array[$0].data : nil }
        }
        worked()
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
      guard state.withLock({ Self.now >= max($0.readAt, $0.writeAt) }) else { return }
      let commands = batch.answers[start..<min(batch.answers.count, start + Self.batch)].map { key, value in
        let name = Self.name(key)
        return RedisCommand([Array("SET".utf8), name, value] + life, key: name)
      }
      do {
        let replies = try client.run(commands, attempts: 3)
        worked()
        for case .refused(let message) in replies {
          // Out of memory, read-only: it may still be read.
          state.withLock { $0.writeAt = Self.now + 5 }
          let kind = message.prefix { $0 != " " }
          log.note("write \(kind)", "takes no results: \(message)")
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
      $0.readAt = Self.now + $0.pause
      $0.pause = min(10, $0.pause * 2)
    }
    log.note("away", "is away, the run goes on without it: \(error)")
  }

  private func worked() {
    let wasAway = state.withLock { state in
      defer { state.pause = 0.1 }
      return state.pause > 0.1
    }
    if wasAway { log.forget("away") }
  }

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

  private static var now: Double { Double(DispatchTime.now().uptimeNanoseconds) * 1e-9 }
}
