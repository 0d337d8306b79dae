import Foundation
import Platform

/// Address of a Redis, credentials and options.
///
///     redis://[user[:password]@]host[:port][/database][?ttl=30d&timeout=0.5]
///     redis+cluster://a:7000,b:7001,c
///     redis+sentinel://a,b:26379/name
///
/// User and password may also come from IMGREC_REDIS_USER and IMGREC_REDIS_PASSWORD. `description` never shows them.
public struct RedisURL: Sendable, CustomStringConvertible {
  public struct Address: Hashable, Sendable, CustomStringConvertible {
    public var host: String
    public var port: Int

    public init(host: String, port: Int) {
      self.host = host
      self.port = port
    }

    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
  }

  public enum Topology: Hashable, Sendable {
    case standalone
    case cluster
    /// The name of the master in the sentinels' configuration.
    case sentinel(String)
  }

  public var topology = Topology.standalone
  public var addresses: [Address] = []
  public var database = 0
  /// Path component after the database: a queue's name.
  public var name: String?
  /// Seconds after which Redis expires a result; nil: never.
  public var ttl: Int?
  /// Maximum seconds of one exchange.
  public var timeout = 1.0
  var user: String?
  var password: String?

  public var description: String {
    let hosts = addresses.map(\.description).joined(separator: ",")
    return switch topology {
    case .standalone: "redis://\(hosts)"
    case .cluster: "redis+cluster://\(hosts)"
    case .sentinel(let name): "redis+sentinel://\(hosts)/\(name)"
    }
  }

  /// Whether `text` is meant as a Redis URL.
  public static func isOne(_ text: String) -> Bool { text.hasPrefix("redis") && text.contains("://") }

  /// Parses `text`; with `named`, the last component of the path is a queue's name.
  ///
  /// Throws `SetupError`; the messages quote nothing of `text` but its hosts.
  public init(_ text: String, named: Bool = false, environment: [String: String]) throws(SetupError) {
    guard let colon = text.range(of: "://") else { throw SetupError("a Redis URL begins with redis://") }
    let scheme = text[..<colon.lowerBound]
    var rest = text[colon.upperBound...]
    var isSentinel = false
    switch scheme {
    case "redis": break
    case "redis+cluster": topology = .cluster
    case "redis+sentinel": isSentinel = true
    case "rediss":
      throw SetupError(
        "rediss:// needs a hiredis with TLS, which this build does not have; use a tunnel such as stunnel")
    default: throw SetupError("a Redis URL begins with redis://, redis+cluster:// or redis+sentinel://")
    }
    if let query = rest.firstIndex(of: "?") {
      for pair in rest[rest.index(after: query)...].split(separator: "&") { try option(pair) }
      rest = rest[..<query]
    }
    var path = ""
    if let slash = rest.lastIndex(of: "@").map({ rest[$0...] })?.firstIndex(of: "/") ?? rest.firstIndex(of: "/") {
      path = String(rest[rest.index(after: slash)...])
      rest = rest[..<slash]
    }
    user = environment["IMGREC_REDIS_USER"]
    password = environment["IMGREC_REDIS_PASSWORD"]
    if let separator = rest.lastIndex(of: "@") {
      let parts = rest[..<separator].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      if let name = parts[0].removingPercentEncoding, !name.isEmpty { user = name }
      if parts.count > 1 { password = parts[1].removingPercentEncoding ?? String(parts[1]) }
      rest = rest[rest.index(after: separator)...]
    }
    for host in rest.split(separator: ",") {
      addresses.append(try Self.address(host, port: isSentinel ? 26379 : 6379))
    }
    guard !addresses.isEmpty else { throw SetupError("the Redis URL has no host") }
    guard topology == .cluster || isSentinel || addresses.count == 1 else {
      throw SetupError("several hosts need redis+cluster:// or redis+sentinel://")
    }
    var parts = path.split(separator: "/").map(String.init)[...]
    if isSentinel {
      guard let name = parts.popFirst() else {
        throw SetupError("redis+sentinel:// needs the master's name: redis+sentinel://a,b/name")
      }
      topology = .sentinel(name)
    }
    if let number = parts.first.flatMap({ Int($0) }), number >= 0, topology != .cluster, !named || parts.count > 1 {
      database = number
      parts = parts.dropFirst()
    }
    if named {
      guard let name = parts.popFirst(), !name.contains(where: { "{}*?[]".contains($0) }) else {
        throw SetupError("the queue's URL must end with its name: redis://host/name")
      }
      self.name = name
    }
    guard parts.isEmpty else { throw SetupError("the path of the Redis URL is not a database number") }
  }

  private mutating func option(_ pair: Substring) throws(SetupError) {
    let parts = pair.split(separator: "=", maxSplits: 1)
    guard parts.count == 2 else { throw SetupError("the Redis URL's options are ttl and timeout") }
    switch parts[0] {
    case "ttl":
      let units: [Character: Int] = ["s": 1, "m": 60, "h": 3600, "d": 86400]
      let unit = parts[1].last.flatMap { units[$0] }
      guard let count = Int(unit == nil ? parts[1] : parts[1].dropLast()), (1...100_000_000).contains(count) else {
        throw SetupError("the ttl of the Redis URL must be a number of seconds, or a duration such as 30d")
      }
      ttl = count * (unit ?? 1)
    case "timeout":
      guard let seconds = Double(parts[1]), (0.01...600).contains(seconds) else {
        throw SetupError("the timeout of the Redis URL must be a number of seconds, such as 0.5")
      }
      timeout = seconds
    default: throw SetupError("the Redis URL's options are ttl and timeout")
    }
  }

  private static func address(_ text: Substring, port: Int) throws(SetupError) -> Address {
    var host = text
    var number = port
    if let colon = text.lastIndex(of: ":"), text.last != "]" {
      guard let given = Int(text[text.index(after: colon)...]), (1...65535).contains(given) else {
        throw SetupError("the port of the Redis URL is not a number")
      }
      number = given
      host = text[..<colon]
    }
    if host.first == "[", host.last == "]" { host = host.dropFirst().dropLast() }
    guard !host.isEmpty else { throw SetupError("the Redis URL has no host") }
    return Address(host: String(host), port: number)
  }
}
