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
    _ limits: MetricsServer.Limits = .init(), metrics: @escaping @Sendable (Bool) -> MetricsServer.Page = { inOpen in
      MetricsServer.Page(type: inOpen ? "open" : "plain", body: Array("a 1\n".utf8))
    }, obstacle: @escaping @Sendable () -> String? = { nil }
  ) throws {
    let socket = try ListeningSocket(host: "127.0.0.1", port: 0)
    port = socket.port
    let log = log
    server = try MetricsServer(on: socket, .init(metrics: metrics, obstacle: obstacle), limits: limits) { log.add($0) }
  }

  deinit { server.stop() }

  func connect() throws -> Connection { try Connection(port: port) }

  /// What the server sends to `request` until it closes the connection.
  func exchange(_ request: String) throws -> String {
    let connection = try connect()
    connection.send(request)
    return connection.readAll()
  }
}

/// A TCP connection on which the test says every byte.
final class Connection {
  private let descriptor: Int32

  init(port: Int) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let status = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Foundation.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard status == 0 else { throw POSIXError(.ECONNREFUSED) }
    var limit = timeval(tv_sec: 20, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit { close(descriptor) }

  /// Whether all of it could be sent.
  @discardableResult
  func send(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    return Foundation.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
  }

  /// What comes until the server closes the connection; ends after 20 s without a byte.
  func readAll() -> String {
    var all: [UInt8] = []
    while let part = read() { all += part }
    return String(decoding: all, as: UTF8.self)
  }

  /// The next response, by its Content-Length.
  func response(withBody: Bool = true) -> String {
    var all = ""
    while let part = read() {
      all += String(decoding: part, as: UTF8.self)
      guard let end = all.range(of: "\r\n\r\n") else { continue }
      let length =
        all[..<end.lowerBound].split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length: ") }
        .flatMap { Int($0.dropFirst(16)) } ?? 0
      if !withBody || all[end.upperBound...].utf8.count >= length { break }
    }
    return all
  }

  /// The next bytes; nil at the end.
  func read() -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: 65536)
    let count = recv(descriptor, &bytes, bytes.count, 0)
    return count > 0 ? Array(bytes.prefix(count)) : nil
  }
}
