import Foundation
import Logging
import Platform
import Redis
import Synchronization

/// A queue of images in a Redis 7, for any number of machines.
///
/// A queue is cut into shards, each of which is on one node of a cluster by its hash tag:
///
///     imgrec:queue:{NAME}:meta            hash: what is asked of the images, and the number of shards
///     imgrec:queue:{NAME}:submitters      sorted set: who submits still, by the time until which that holds
///     imgrec:queue:{NAME:SHARD}:todo      stream with the group "imgrec": items until their record is written
///                             :known     hash: number of an item -> 0 to be done, 1 done and not collected
///                             :done      stream: records until they are collected
///                             :dead      stream: items that were given up, the last 100,000 or so
///                             :counts    hash: submitted, finished, dead, collected
///                             :collector the one who collects
///
/// Everything is gone once it is done and collected. Each change is one script on one node and can be repeated, so that
/// a lost answer costs nothing; a record is written only where `known` has 0, and turns it to 1. With replicas an answer
/// is awaited until one of them has it too.
public final class RedisQueue: Sendable {
  static let group = utf8("imgrec")

  let client: RedisClient
  /// For messages: no password in it.
  public let label: String
  let logger: Logger
  private let name: String
  private struct State {
    var isAway = false
    /// Nobody waits for replicas before.
    var replicasAt = 0.0
  }
  private let state = Mutex(State())

  /// `url` has a name.
  public init(_ url: RedisURL, logger: Logger) {
    client = RedisClient(url)
    name = url.name ?? ""
    label = "\(url)/\(name)"
    self.logger = logger
  }

  // MARK: Keys

  func key(_ part: String) -> [UInt8] { utf8("imgrec:queue:{\(name)}:\(part)") }
  func key(_ part: String, _ shard: Int) -> [UInt8] { utf8("imgrec:queue:{\(name):\(shard)}:\(part)") }
  func keys(_ shard: Int, _ parts: String...) -> [[UInt8]] { parts.map { key($0, shard) } }

  // MARK: What is asked

  /// The plan of the queue; nil where nobody has submitted yet.
  public func plan() throws(RedisError) -> QueueManifest? {
    let reply = try ask([RedisCommand([utf8("HGETALL"), key("meta")], key: key("meta"))])[0].array
    var found: [String: String] = [:]
    for n in stride(from: 0, to: reply.count - 1, by: 2) { found[reply[n].text ?? ""] = reply[n + 1].text }
    guard let arguments = found["arguments"], let shards = found["shards"].flatMap({ Int($0) }), shards > 0 else {
      return nil
    }
    return QueueManifest(
      arguments: arguments.isEmpty ? [] : arguments.components(separatedBy: "\u{0}"), shards: shards,
      inline: found["inline"].flatMap { Int($0) } ?? 0)
  }

  /// Makes the queue, or takes the one that is there.
  ///
  /// Throws where another plan is its plan.
  public func create(_ plan: QueueManifest) throws(SetupError) -> QueueManifest {
    do {
      let meta = key("meta")
      func set(_ field: String, _ value: String) -> RedisCommand {
        RedisCommand([utf8("HSETNX"), meta, utf8(field), utf8(value)], key: meta)
      }
      _ = try ask(
        [
          set("shards", "\(plan.shards)"), set("inline", "\(plan.inline)"),
          set("arguments", plan.arguments.joined(separator: "\u{0}")),
        ], lasting: true)
      guard let there = try self.plan() else { throw SetupError("queue \(label) was deleted") }
      guard there.arguments == plan.arguments, there.inline >= plan.inline else {
        throw SetupError(
          "queue \(label) is asked another thing (\(there.arguments.joined(separator: " "))"
            + "\(there.inline > 0 ? ", --inline \(there.inline)" : "")): take another name, or imgrec queue purge")
      }
      try makeGroups(there)
      return there
    } catch let error as SetupError { throw error } catch { throw SetupError("queue \(error)") }
  }

  /// Streams of a queue for which nothing was said: in a cluster enough to keep its nodes equally busy.
  public var usualShards: Int { client.url.topology == .cluster ? 16 : 1 }

  /// Says which networks the queue's answers are of, unless somebody has said so before; gives which they are. One with
  /// others must not mix its own in.
  public func pinModels(_ references: [String]) throws(RedisError) -> String {
    let (meta, field, value) = (key("meta"), "models", references.joined(separator: " "))
    return try ask(
      [
        RedisCommand([utf8("HSETNX"), meta, utf8(field), utf8(value)], key: meta),
        RedisCommand([utf8("HGET"), meta, utf8(field)], key: meta),
      ])[1].text ?? value
  }

  func makeGroups(_ plan: QueueManifest) throws(RedisError) {
    let replies = try client.run(
      (0..<plan.shards).map { shard in
        RedisCommand(
          [utf8("XGROUP"), utf8("CREATE"), key("todo", shard), Self.group, utf8("0"), utf8("MKSTREAM")],
          key: key("todo", shard))
      })
    for case .refused(let message) in replies where !message.hasPrefix("BUSYGROUP") {
      throw RedisError(label, refused: message)
    }
  }

  // MARK: Exchanges

  /// Runs commands; what Redis refuses is an error. With `lasting`, a replica has what was written when this returns,
  /// where there is one.
  func ask(_ commands: [RedisCommand], lasting: Bool = false) throws(RedisError) -> [RedisReply] {
    var all = commands
    let now = Self.now
    if lasting, client.url.topology != .alone, state.withLock({ now >= $0.replicasAt }) {
      var nodes: Set<RedisURL.Address> = []
      for command in commands where nodes.insert(try client.address(of: command)).inserted {
        all.append(RedisCommand([utf8("WAIT"), utf8("1"), utf8("500")], key: command.key))
      }
    }
    var replies = try client.run(all, wait: all.count > commands.count ? 0.5 : 0)
    for index in commands.indices {
      guard case .refused(let message) = replies[index] else { continue }
      throw RedisError(label, refused: message)
    }
    if replies[commands.count...].contains(.int(0)) {
      // No replica: asked again when one may have come back.
      state.withLock { $0.replicasAt = now + 10 }
    }
    replies.removeLast(replies.count - commands.count)
    return replies
  }

  /// Runs a script on several shards, in as few exchanges as there are nodes.
  func run(_ script: QueueScript, _ calls: [(keys: [[UInt8]], arguments: [[UInt8]])], lasting: Bool = false)
    throws(RedisError) -> [RedisReply]
  {
    let commands = calls.map { script.command(keys: $0.keys, $0.arguments) }
    do {
      return try ask(commands, lasting: lasting)
    } catch {
      guard error.code == "NOSCRIPT" else { throw error }
      // A repeated call changes nothing, so that those which went through may be sent once more.
      return try ask(calls.map { script.command(keys: $0.keys, $0.arguments, whole: true) }, lasting: lasting)
    }
  }

  /// Does it until it is done: a Redis that is away is waited for, with pauses that grow to two seconds. nil: it was not
  /// done, and `shouldContinue` became false.
  public func retry<Value>(while shouldContinue: @autoclosure () -> Bool, _ body: () throws(RedisError) -> Value)
    -> Value?
  {
    var pause = 0.05
    while true {
      do throws(RedisError) {
        let value = try body()
        let wasAway = state.withLock { state in
          defer { state.isAway = false }
          return state.isAway
        }
        if wasAway { logger.notice("queue \(label): back again") }
        return value
      } catch {
        let isNew = state.withLock { state in
          defer { state.isAway = true }
          return !state.isAway
        }
        if isNew { logger.warning("queue \(label): waiting for it: \(error)") }
        guard shouldContinue() else { return nil }
        usleep(UInt32(pause * 1e6))
        pause = min(2, pause * 2)
      }
    }
  }

  static var now: Double { Double(DispatchTime.now().uptimeNanoseconds) * 1e-9 }
}
