import Foundation
import TestSupport

/// A `redis-server` of the tests' own, on a free port, in a folder of its own.
public final class RedisServer {
  public let port: Int
  public let folder: URL
  private let arguments: [String]
  private var process: Process?

  public static let executable = [
    "/usr/bin/redis-server", "/usr/local/bin/redis-server", "/opt/homebrew/bin/redis-server",
  ]
  .first(where: FileManager.default.isExecutableFile)
  public static let isInstalled = executable != nil
  public static let hint = "redis-server is not installed (apt-get install redis-server)"

  /// Starts a server that accepts connections when this returns; `sentinel` gives the lines of its configuration.
  public init(_ arguments: [String] = [], port: Int? = nil, sentinel: [String]? = nil) throws {
    self.port = port ?? Self.freePort()
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("imgrec-redis-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let common = ["--port", "\(self.port)", "--dir", folder.path, "--bind", "127.0.0.1", "--loglevel", "warning"]
    if let sentinel {
      let file = folder.appendingPathComponent("sentinel.conf")
      try (sentinel.joined(separator: "\n") + "\n").write(to: file, atomically: true, encoding: .utf8)
      self.arguments = [file.path] + common + ["--sentinel"]
    } else {
      self.arguments = common + ["--save", ""] + arguments
    }
    try start()
  }

  deinit {
    kill()
    try? FileManager.default.removeItem(at: folder)
  }

  public var address: String { "127.0.0.1:\(port)" }

  public func start() throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Self.executable!)
    process.arguments = arguments
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    self.process = process
    try waitUntil("redis-server listens on port \(port)") {
      guard process.isRunning else { throw StartFailure(status: process.terminationStatus) }
      return isListening
    }
  }

  /// The server ended before it listened.
  public struct StartFailure: Error { let status: Int32 }

  /// Stops the process, so that it accepts connections and answers nothing until `resume`.
  public func suspend() { if let process { Foundation.kill(process.processIdentifier, SIGSTOP) } }
  public func resume() { if let process { Foundation.kill(process.processIdentifier, SIGCONT) } }

  /// SIGKILL, as a crash.
  public func kill() {
    guard let process else { return }
    Foundation.kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    self.process = nil
  }

  /// What redis-cli says.
  @discardableResult
  public func cli(_ arguments: String...) throws -> String { try Self.cli(["-p", "\(port)"] + arguments) }

  public static func cli(_ arguments: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(
      fileURLWithPath: executable!.replacingOccurrences(of: "redis-server", with: "redis-cli"))
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
  }

  private var isListening: Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    return Self.withAddress(port) { connect(descriptor, $0, $1) } == 0
  }

  /// A port that nobody listens on, and the cluster bus' port above it neither.
  public static func freePort() -> Int {
    while true {
      let port = Int.random(in: 20_000..<32_000)
      if isFree(port), isFree(port + 10_000) { return port }
    }
  }

  private static func isFree(_ port: Int) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    return withAddress(port) { bind(descriptor, $0, $1) } == 0
  }

  private static func withAddress(_ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    return withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
  }
}

/// Three masters and a replica of each.
public final class RedisCluster {
  public let nodes: [RedisServer]

  public init() throws {
    nodes = try (0..<6).map { _ in
      try RedisServer(["--cluster-enabled", "yes", "--cluster-node-timeout", "1500", "--repl-diskless-sync-delay", "0"])
    }
    _ = try RedisServer.cli(
      ["--cluster", "create"] + nodes.map(\.address) + ["--cluster-replicas", "1", "--cluster-yes"])
    try waitUntil("the cluster is whole, and each replica has its master's data") {
      // A replica that never had its master's data does not replace it.
      try nodes.allSatisfy { node in
        let replication = try node.cli("info", "replication")
        return try node.cli("cluster", "info").contains("cluster_state:ok")
          && (replication.contains("connected_slaves:1") || replication.contains("master_link_status:up"))
      }
    }
  }

  public var url: String { "redis+cluster://" + nodes.prefix(3).map(\.address).joined(separator: ",") }
}

/// A master, a replica and three sentinels that know them as "mymaster".
public final class RedisSentinels {
  public let master: RedisServer
  public let replica: RedisServer
  public let sentinels: [RedisServer]

  public init() throws {
    let first = try RedisServer()
    master = first
    replica = try RedisServer(["--replicaof", "127.0.0.1", "\(first.port)"])
    sentinels = try (0..<3).map { _ in
      try RedisServer(sentinel: [
        "sentinel monitor mymaster 127.0.0.1 \(first.port) 2", "sentinel down-after-milliseconds mymaster 1000",
        "sentinel failover-timeout mymaster 3000",
      ])
    }
    try waitUntil("the sentinels know each other and the replica, which has the master's data") {
      try sentinels.allSatisfy { sentinel in
        let others = try sentinel.cli("sentinel", "master", "mymaster")
        return others.contains("num-other-sentinels\n2") && others.contains("num-slaves\n1")
      } && replica.cli("info", "replication").contains("master_link_status:up")
    }
  }

  public var url: String { "redis+sentinel://" + sentinels.map(\.address).joined(separator: ",") + "/mymaster" }
}
