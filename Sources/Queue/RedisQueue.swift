import Foundation
import Logging
import Platform
import Redis
import Synchronization

/// A queue of images in a Redis 7, for any number of machines.
///
/// A queue is split into shards, each of which is on one node of a cluster by its hash tag:
///
///     imgrec:queue:{NAME}:meta            hash: the manifest
///     imgrec:queue:{NAME}:submitters      sorted set: submitters by the time at which their registration expires
///     imgrec:queue:{NAME}:workers         hash: consumer -> what the worker announces about itself, as JSON
///     imgrec:queue:{NAME}:beats           sorted set: consumers by the time of their last announcement
///     imgrec:queue:{NAME:SHARD}:todo      stream with the group "imgrec": items until their record is written
///                             :known     hash: number of an item -> 0 to do, 1 done and not collected
///                             :done      stream: records until they are collected
///                             :dead      stream: items that were given up, about the last 100,000
///                             :counts    hash: submitted, finished, dead, collected
///                             :collector name of the collector
///
/// Items and records are deleted once collected. Each change is one script on one node and can be repeated, so that a
/// lost reply does no harm; a record is written only if `known` has 0, and sets it to 1. With replicas, a write waits
/// until one of them has it too.
public final class RedisQueue: Sendable {
  static let group = utf8("imgrec")

  let client: RedisClient
  /// Name of the queue in messages, without the password.
  public let label: String
  let logger: Logger
  /// Name of the queue alone.
  public let name: String
  private struct State {
    var isUnreachable = false
    /// An error after which no request is of use.
    var problem: RedisError?
    /// Monotonic seconds before which writes do not wait for a replica.
    var replicasAt = 0.0
  }
  private let state = Mutex(State())

  /// Precondition: `url` has a name.
  public init(_ url: RedisURL, logger: Logger) {
    client = RedisClient(url)
    name = url.name ?? ""
    label = "\(url)/\(name)"
    self.logger = logger
  }

  /// Logs a message about the queue as an event.
  public func log(_ level: Logger.Level, _ event: RunEvent, _ message: String) {
    logger.log(level: level, "\(message)", metadata: [RunEvent.key: .string(event.rawValue)])
  }

  // MARK: Keys

  func key(_ part: String) -> [UInt8] { utf8("imgrec:queue:{\(name)}:\(part)") }
  func key(_ part: String, _ shard: Int) -> [UInt8] { utf8("imgrec:queue:{\(name):\(shard)}:\(part)") }
  func keys(_ shard: Int, _ parts: String...) -> [[UInt8]] { parts.map { key($0, shard) } }

  // MARK: Manifest

  /// Reads the manifest of the queue; nil if the queue does not exist yet.
  ///
  /// Throws a permanent error if it is not one that this program writes: the number of shards is that of the streams
  /// that are asked for, and anyone who can write to this Redis can change it.
  public func plan() throws(RedisError) -> QueueManifest? {
    let meta = key("meta")
    func command(_ words: String...) -> RedisCommand {
      RedisCommand([utf8(words[0]), meta] + words.dropFirst().map { utf8($0) }, key: meta)
    }
    let sizes = try send(["arguments", "shards", "inline"].map { command("HSTRLEN", $0) }).map(\.count)
    guard sizes[0] <= QueueManifest.maxArguments, sizes[1] <= 20, sizes[2] <= 20 else {
      throw invalid("arguments of \(sizes[0]) bytes")
    }
    let found = try send([command("HMGET", "arguments", "shards", "inline")])[0].array
    guard found.count == 3, let arguments = found[0].text, let shards = found[1].text else { return nil }
    guard let number = Int(shards), QueueManifest.shardLimits.contains(number) else {
      throw invalid("\(shards) shards, and \(QueueManifest.shardLimits) are possible")
    }
    guard let inline = Int(found[2].text ?? "0"), (0...QueueManifest.maxInline).contains(inline) else {
      throw invalid("items of \(found[2].text ?? "") bytes, and \(QueueManifest.maxInline) are possible")
    }
    return QueueManifest(
      arguments: arguments.isEmpty ? [] : arguments.components(separatedBy: "\u{0}"), shards: number, inline: inline)
  }

  private func invalid(_ what: String) -> RedisError {
    RedisError(
      description:
        "\(label): the key imgrec:queue:{\(name)}:meta is not the manifest of a queue (\(what)); use another "
        + "name, or delete the key with redis-cli", isPermanent: true)
  }

  /// Creates the queue, or opens the existing one; returns its manifest.
  ///
  /// Throws if its manifest has other arguments.
  public func create(_ plan: QueueManifest) throws(SetupError) -> QueueManifest {
    do {
      let meta = key("meta")
      func set(_ field: String, _ value: String) -> RedisCommand {
        RedisCommand([utf8("HSETNX"), meta, utf8(field), utf8(value)], key: meta)
      }
      _ = try send(
        [
          set("shards", "\(plan.shards)"), set("inline", "\(plan.inline)"),
          set("arguments", plan.arguments.joined(separator: "\u{0}")),
        ], lasting: true)
      guard let there = try self.plan() else { throw SetupError("queue \(label) was deleted") }
      guard there.arguments == plan.arguments, there.inline >= plan.inline else {
        throw SetupError(
          "queue \(label) has other options (\(there.arguments.joined(separator: " "))"
            + "\(there.inline > 0 ? ", --inline \(there.inline)" : "")); use another name, or imgrec queue purge")
      }
      try makeGroups(there)
      warnOfEviction(there)
      return there
    } catch let error as RedisError {
      throw SetupError.queue(error)
    } catch let error as SetupError {
      throw error
    } catch {
      throw SetupError("queue \(error)")
    }
  }

  /// Logs a warning if a Redis of the queue deletes keys when its memory is full.
  private func warnOfEviction(_ plan: QueueManifest) {
    let keys = [key("meta")] + (0..<plan.shards).map { key("todo", $0) }
    var nodes: Set<RedisURL.Address> = []
    for key in keys {
      let command = RedisCommand([utf8("INFO"), utf8("memory")], key: key)
      // A Redis that forbids INFO says nothing.
      guard let node = try? client.address(of: command), nodes.insert(node).inserted,
        let text = try? client.run(command).text,
        let line = text.split(whereSeparator: \.isNewline).first(where: { $0.hasPrefix("maxmemory_policy:allkeys") })
      else { continue }
      logger.warning(
        """
        queue \(label): the Redis at \(node) deletes any key when its memory is full (maxmemory-policy \
        \(line.dropFirst(17))), and with it items and records of the queue; set it to noeviction
        """)
    }
  }

  /// Default number of shards: in a cluster enough to load its nodes equally.
  public var defaultShards: Int { client.url.topology == .cluster ? 16 : 1 }

  /// Records which networks answer the queue, unless that is recorded already; returns the recorded ones. A worker with
  /// other networks must not take part.
  public func pinModels(_ references: [String]) throws(RedisError) -> String {
    let (meta, field, value) = (key("meta"), "models", references.joined(separator: " "))
    return try send(
      [
        RedisCommand([utf8("HSETNX"), meta, utf8(field), utf8(value)], key: meta),
        RedisCommand([utf8("HGET"), meta, utf8(field)], key: meta),
      ])[1].text ?? value
  }

  /// Creates the missing consumer groups, and with them the streams.
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

  /// Runs commands; an error reply is thrown. With `lasting`, waits until a replica has the writes, if there is one.
  func send(_ commands: [RedisCommand], lasting: Bool = false) throws(RedisError) -> [RedisReply] {
    var all = commands
    let now = monotonicSeconds()
    if lasting, client.url.topology != .standalone, state.withLock({ now >= $0.replicasAt }) {
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
      // No replica: tried again when one may be available.
      state.withLock { $0.replicasAt = now + 10 }
    }
    replies.removeLast(replies.count - commands.count)
    return replies
  }

  /// Runs a script on several shards, in one exchange per node.
  func run(_ script: QueueScript, _ calls: [(keys: [[UInt8]], arguments: [[UInt8]])], lasting: Bool = false)
    throws(RedisError) -> [RedisReply]
  {
    let commands = calls.map { script.command(keys: $0.keys, $0.arguments) }
    do {
      return try send(commands, lasting: lasting)
    } catch {
      guard error.code == "NOSCRIPT" else { throw error }
      // A repeated call changes nothing, so those that succeeded may run again.
      return try send(calls.map { script.command(keys: $0.keys, $0.arguments, whole: true) }, lasting: lasting)
    }
  }

  /// The error that ended the queue's use: all calls of `retry` have returned nil since.
  public var problem: RedisError? { state.withLock { $0.problem } }

  /// Repeats `body` until it succeeds, with pauses that grow to two seconds while Redis cannot be reached. Returns nil if
  /// `shouldContinue` became false before, and after a permanent error, which becomes `problem`.
  public func retry<Value>(while shouldContinue: @autoclosure () -> Bool, _ body: () throws(RedisError) -> Value)
    -> Value?
  {
    var pause = 0.05
    while problem == nil {
      do throws(RedisError) {
        let value = try body()
        let wasUnreachable = state.withLock { state in
          defer { state.isUnreachable = false }
          return state.isUnreachable
        }
        if wasUnreachable { log(.notice, .queueReconnected, "queue \(label): available again") }
        return value
      } catch  where error.isPermanent {
        state.withLock { $0.problem = $0.problem ?? error }
      } catch {
        let isNew = state.withLock { state in
          defer { state.isUnreachable = true }
          return !state.isUnreachable
        }
        if isNew { log(.warning, .queueLost, "queue \(label): waiting for it: \(error)") }
        // In short pieces, so that an interrupt does not wait for the next attempt.
        let next = monotonicSeconds() + pause
        repeat {
          guard shouldContinue() else { return nil }
          usleep(20_000)
        } while monotonicSeconds() < next
        pause = min(2, pause * 2)
      }
    }
    return nil
  }
}
