import Foundation
import Platform
import TestSupport
import XCTest

@testable import MetricsServer

/// A server of the tests' own on a free port, and raw connections to it.
final class ServerFixture {
  let server: MetricsServer
  let port: Int
  /// What went wrong in the server.
  let log = Log()

  final class Log: @unchecked Sendable {  // under `lock`
    private let lock = NSLock()
    private var stored: [String] = []
    var lines: [String] { lock.withLock { stored } }
    func add(_ line: String) { lock.withLock { stored.append(line) } }
  }

  init(
    _ limits: MetricsServer.Limits = .init(),
    metrics: @escaping @Sendable (Bool) -> MetricsServer.Page = { inOpen in
      MetricsServer.Page(type: inOpen ? "open" : "plain", body: Array("a 1\n".utf8))
    }, obstacle: @escaping @Sendable () -> String? = { nil }
  ) throws {
    let socket = try ListeningSocket(host: "127.0.0.1", port: 0)
    port = socket.port
    let log = log
    server = try MetricsServer(on: socket, .init(metrics: metrics, obstacle: obstacle), limits: limits) { log.add($0) }
  }

  deinit { server.stop() }

  func connect() throws -> TCPConnection { try TCPConnection(port: port) }

  /// What the server sends to `request` until it closes the connection.
  func exchange(_ request: String) throws -> String {
    let connection = try connect()
    connection.send(request)
    return connection.readAll()
  }
}
