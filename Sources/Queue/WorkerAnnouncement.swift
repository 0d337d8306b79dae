import Foundation
import Redis

/// What a worker announces about itself in Redis, as JSON in the hash `workers`, every few seconds.
public struct WorkerAnnouncement: Sendable, Codable, Equatable {
  public enum State: String, Sendable, Codable {
    /// It opens its networks.
    case starting
    case running
    /// It was asked to end, and finishes what is inside a network.
    case stopping
  }

  /// The name that an operator gave it, or host and process.
  public var name: String
  public var host: String
  public var pid: Int
  /// Version of imgrec.
  public var version: String
  /// When it started, as ISO 8601, by the worker's clock.
  public var started: String
  public var state: State
  /// Number of records that it was the first to write.
  public var finished: Int

  public init(name: String, host: String, pid: Int, version: String, started: String) {
    self.name = name
    self.host = host
    self.pid = pid
    self.version = version
    self.started = started
    state = .starting
    finished = 0
  }

  /// Bytes of the largest announcement that is read.
  private static let maxBytes = 4096

  /// nil for anything that no worker writes.
  init?(_ json: [UInt8]) {
    guard json.count <= Self.maxBytes,
      let read = try? JSONDecoder().decode(WorkerAnnouncement.self, from: Data(json))
    else { return nil }
    self = read
  }

  var json: [UInt8] { (try? JSONEncoder().encode(self)).map(Array.init) ?? [] }
}

extension RedisQueue {
  /// Seconds between two announcements of a worker.
  static let beat = 5.0
  /// Seconds of silence after which a worker that announced itself is counted as lost: three announcements.
  static let lostAfter = 3 * beat
  /// Seconds of silence after which a lost worker that holds nothing is no longer listed.
  static let listedFor = 3600.0

  /// Writes the announcement of a worker; nil withdraws it.
  func announce(_ consumer: String, _ announcement: WorkerAnnouncement?) throws(RedisError) {
    _ = try run(
      .announce,
      [
        (
          [key("meta"), key("workers"), key("beats")],
          [utf8(consumer), utf8("\(Int(Self.listedFor * 1000))"), announcement?.json ?? []]
        )
      ])
  }

  /// Reads the announcements by consumer, and the seconds since each.
  func announcements() throws(RedisError) -> [String: (announcement: WorkerAnnouncement, age: Double)] {
    let meta = key("meta")
    func command(_ words: [UInt8]...) -> RedisCommand { RedisCommand(words, key: meta) }
    let replies = try send([
      command(utf8("TIME")), command(utf8("HGETALL"), key("workers")),
      command(utf8("ZRANGE"), key("beats"), utf8("0"), utf8("-1"), utf8("WITHSCORES")),
    ])
    let time = replies[0].array.compactMap { $0.text.flatMap(Double.init) }
    guard time.count == 2 else { return [:] }
    let now = time[0] + time[1] / 1e6
    let beats = Self.pairs(replies[2].array)
    var found: [String: (announcement: WorkerAnnouncement, age: Double)] = [:]
    for (consumer, value) in Self.pairs(replies[1].array) {
      guard let announcement = value.data.flatMap(WorkerAnnouncement.init),
        let beat = beats[consumer]?.text.flatMap(Double.init), beat.isFinite
      else { continue }
      let age = max(0, now - beat / 1000)
      if age < Self.listedFor { found[consumer] = (announcement, age) }
    }
    return found
  }
}
