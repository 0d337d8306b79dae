import Foundation
import Synchronization

/// A client of a Redis, a cluster, or the master that sentinels name; reopens lost connections. Any thread may use it:
/// each exchange has a connection of its own.
public final class RedisClient: Sendable {
  private struct State {
    /// Idle connections.
    var free: [RedisURL.Address: [RedisConnection]] = [:]
    /// Node of each slot; cluster only.
    var slots: [RedisURL.Address] = []
    /// Master that the sentinels named.
    var master: RedisURL.Address?
  }

  public let url: RedisURL
  private let state: Mutex<UncheckedBox<State>>
  /// Number of attempts, on the same node and on others, before an exchange fails.
  public static let attempts = 6

  public init(_ url: RedisURL) {
    self.url = url
    state = Mutex(UncheckedBox(State()))
  }

  /// Runs one command.
  public func run(_ command: RedisCommand) throws(RedisError) -> RedisReply { try run([command])[0] }

  /// Runs commands in one exchange per node; returns the replies in their order. `wait`: seconds that a blocking command
  /// may take beyond the timeout. A command may run twice if a connection is lost in between.
  public func run(_ commands: [RedisCommand], wait: Double = 0, attempts: Int = attempts) throws(RedisError)
    -> [RedisReply]
  {
    var replies = [RedisReply](repeating: .none, count: commands.count)
    var left = Array(commands.indices)
    var last = RedisError(description: "\(url): no reply")
    for attempt in 0..<attempts where !left.isEmpty {
      if attempt > 0 { usleep(UInt32(min(500_000, 25_000 << attempt))) }
      do {
        left = try exchange(commands, left, &replies, wait: wait)
      } catch {
        last = error
        forgetTopology()
        guard !error.isPermanent, url.topology != .standalone || attempt == 0 else { throw error }
      }
    }
    guard left.isEmpty else {
      if case .refused(let message) = replies[left[0]] { throw RedisError("\(url)", refused: message) }
      throw last
    }
    return replies
  }

  /// Runs the commands `indices`; returns those that have to be sent again.
  private func exchange(_ commands: [RedisCommand], _ indices: [Int], _ replies: inout [RedisReply], wait: Double)
    throws(RedisError) -> [Int]
  {
    var groups: [RedisURL.Address: [Int]] = [:]
    for index in indices { groups[try address(of: commands[index]), default: []].append(index) }
    var again: [Int] = []
    var problem: RedisError?
    // All nodes work while the replies of the first are awaited.
    var open: [(connection: RedisConnection, indices: [Int])] = []
    for (address, group) in groups {
      do throws(RedisError) {
        let connection = try connection(to: address)
        if wait > 0 { connection.limit(url.timeout + wait) }
        try connection.send(group.map { commands[$0] })
        open.append((connection, group))
      } catch {
        problem = error
        again += group
      }
    }
    for (connection, group) in open {
      do throws(RedisError) {
        let answers = try connection.receive(group.count)
        if wait > 0 { connection.limit(url.timeout) }
        release(connection)
        for (index, answer) in zip(group, answers) {
          replies[index] = answer
          if try isMoved(answer, commands[index], &replies[index]) { again.append(index) }
        }
      } catch {
        problem = error
        again += group
      }
    }
    // Answered commands are not repeated; the exchange fails only if none was answered.
    if let problem, problem.isPermanent || again.count == indices.count { throw problem }
    if problem != nil { forgetTopology() }
    return again.sorted()
  }

  /// Whether a command has to be sent again, to another node or later; follows an ASK at once.
  private func isMoved(_ answer: RedisReply, _ command: RedisCommand, _ reply: inout RedisReply) throws(RedisError)
    -> Bool
  {
    guard case .refused(let message) = answer else { return false }
    let words = message.split(separator: " ")
    switch words.first {
    case "MOVED":
      forgetTopology()
      return true
    case "ASK":
      guard words.count == 3, let target = Self.address(words[2], fallback: nil) else { return true }
      let connection = try connection(to: target)
      reply = try connection.run([RedisCommand("ASKING"), command])[1]
      release(connection)
      return false
    case "TRYAGAIN", "CLUSTERDOWN", "LOADING", "MASTERDOWN":
      forgetTopology()
      return true
    case "READONLY" where url.topology != .standalone:
      // The master became a replica.
      forgetTopology()
      return true
    default: return false
    }
  }

  // MARK: Connections

  private func connection(to address: RedisURL.Address) throws(RedisError) -> RedisConnection {
    let found = state.withLock { $0.value.free[address]?.popLast() }
    if let found { return found }
    return try RedisConnection(address, url: url)
  }

  private func release(_ connection: RedisConnection) {
    let box = UncheckedBox(connection)
    state.withLock { $0.value.free[box.value.address, default: []].append(box.value) }
  }

  private func forgetTopology() {
    state.withLock {
      $0.value.slots = []
      $0.value.master = nil
      $0.value.free = [:]
    }
  }

  // MARK: Topology

  /// Returns the node that a command goes to.
  public func address(of command: RedisCommand) throws(RedisError) -> RedisURL.Address {
    switch url.topology {
    case .standalone: return url.addresses[0]
    case .sentinel(let name):
      if let master = state.withLock({ $0.value.master }) { return master }
      let master = try master(named: name)
      state.withLock { $0.value.master = master }
      return master
    case .cluster:
      var slots = state.withLock { $0.value.slots }
      if slots.isEmpty {
        slots = try slotMap()
        let found = slots
        state.withLock { $0.value.slots = found }
      }
      return slots[command.key.map(RedisSlot.of) ?? 0]
    }
  }

  /// Returns the master of every shard of a cluster, or the only server: for commands that run on all.
  public func nodes() throws(RedisError) -> [RedisURL.Address] {
    guard url.topology == .cluster else { return [try address(of: RedisCommand("PING"))] }
    return Array(Set(try slotMap())).sorted { "\($0)" < "\($1)" }
  }

  private func master(named name: String) throws(RedisError) -> RedisURL.Address {
    var last = RedisError(description: "\(url): no sentinel replies")
    for sentinel in url.addresses {
      do throws(RedisError) {
        let connection = try RedisConnection(sentinel, url: url, authenticates: false)
        let reply = try connection.run([RedisCommand("SENTINEL", "get-master-addr-by-name", name)])[0]
        guard let host = reply.array.first?.text, let port = reply.array.last?.number, Self.ports.contains(port) else {
          last = RedisError(description: "\(url): the sentinels know no master of that name")
          continue
        }
        let master = try RedisConnection(.init(host: host, port: port), url: url)
        guard try master.run([RedisCommand("ROLE")])[0].array.first?.text == "master" else {
          last = RedisError(description: "\(url): the master is being replaced")
          continue
        }
        release(master)
        return master.address
      } catch  where error.isPermanent {
        throw error
      } catch {
        last = error
      }
    }
    throw last
  }

  private func slotMap() throws(RedisError) -> [RedisURL.Address] {
    var last = RedisError(description: "\(url): no node replies")
    let known = state.withLock { Array(Set($0.value.slots)) }
    for node in known + url.addresses {
      do throws(RedisError) {
        let connection = try connection(to: node)
        let reply = try connection.run([RedisCommand("CLUSTER", "SLOTS")])[0]
        release(connection)
        if case .refused = reply { throw RedisError(description: "\(node) is not a cluster node") }
        var slots = [RedisURL.Address?](repeating: nil, count: RedisSlot.count)
        for range in reply.array.map(\.array) where range.count >= 3 {
          guard let first = range[0].number, let last = range[1].number,
            let port = range[2].array.dropFirst().first?.number,
            first >= 0, first <= last, last < RedisSlot.count, Self.ports.contains(port)
          else { continue }
          // Without a host: the node that replied.
          let host = range[2].array.first?.text ?? ""
          for slot in first...last { slots[slot] = .init(host: host.isEmpty ? node.host : host, port: port) }
        }
        let whole = slots.compactMap { $0 }
        guard whole.count == RedisSlot.count else {
          throw RedisError(description: "\(url): the cluster does not serve all slots")
        }
        return whole
      } catch  where error.isPermanent {
        throw error
      } catch {
        last = error
      }
    }
    throw last
  }

  private static let ports = 1...65535

  private static func address(_ text: Substring, fallback: String?) -> RedisURL.Address? {
    guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]), ports.contains(port)
    else { return nil }
    return .init(host: String(text[..<colon]), port: port)
  }
}
