import Foundation
import Platform
import TestSupport
import XCTest

@testable import MetricsServer

/// Each request and each kind of client against a real socket.
final class MetricsServerTests: XCTestCase {
  private func get(_ path: String, _ more: String = "") -> String {
    "GET \(path) HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\(more)\r\n"
  }

  private func status(_ response: String) -> Int? {
    response.split(separator: " ").dropFirst().first.flatMap { Int($0) }
  }

  func testRoutes() throws {
    let fixture = try ServerFixture(obstacle: { "opening the models" })
    let metrics = try fixture.exchange(get("/metrics"))
    XCTAssertTrue(metrics.hasPrefix("HTTP/1.1 200 OK\r\n"), metrics)
    XCTAssertTrue(metrics.contains("\r\nContent-Length: 4\r\n"), metrics)
    XCTAssertTrue(metrics.hasSuffix("\r\n\r\na 1\n"), metrics)
    let form = DateFormatter()
    form.locale = Locale(identifier: "en_US_POSIX")
    form.timeZone = TimeZone(identifier: "GMT")
    form.dateFormat = "'Date: 'EEE, dd MMM yyyy HH:mm:ss 'GMT'"
    let date = metrics.components(separatedBy: "\r\n").compactMap(form.date).first
    XCTAssertEqual(try XCTUnwrap(date).timeIntervalSinceNow, 0, accuracy: 30)
    XCTAssertTrue(try fixture.exchange(get("/metrics?collect[]=a")).hasSuffix("\r\n\r\na 1\n"))
    XCTAssertTrue(try fixture.exchange(get("/healthz")).hasSuffix("\r\n\r\nok\n"))
    let readiness = try fixture.exchange(get("/readyz"))
    XCTAssertEqual(status(readiness), 503)
    XCTAssertTrue(readiness.hasSuffix("\r\n\r\nopening the models\n"))
    XCTAssertEqual(status(try ServerFixture().exchange(get("/readyz"))), 200)
    for path in ["/", "/metrics/", "/Metrics", "//metrics", "/metrics/../metrics", "/%6detrics", "*", "/etc/passwd"] {
      let response = try fixture.exchange(get(path))
      XCTAssertEqual(status(response), 404, path)
      XCTAssertTrue(response.contains("/metrics, /healthz, /readyz"), path)
    }
  }

  func testMethods() throws {
    let fixture = try ServerFixture()
    let head = try fixture.exchange("HEAD /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    XCTAssertTrue(head.hasSuffix("\r\n\r\n"))
    XCTAssertTrue(head.contains("\r\nContent-Length: 4\r\n"), head)
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"] {
      let response = try fixture.exchange("\(method) /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
      XCTAssertEqual(status(response), 405, method)
      XCTAssertTrue(response.contains("\r\nAllow: GET, HEAD\r\n"), response)
    }
    // A body is not read: the answer comes before it, and ends the connection.
    for body in ["Content-Length: 1000000\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"] {
      XCTAssertEqual(status(try fixture.exchange("POST /metrics HTTP/1.1\r\nHost: a\r\n\(body)")), 405)
      XCTAssertEqual(status(try fixture.exchange("GET /metrics HTTP/1.1\r\nHost: a\r\n\(body)")), 200)
    }
  }

  func testConnectionsAreKept() throws {
    let fixture = try ServerFixture()
    let connection = try fixture.connect()
    for _ in 0..<3 {
      connection.send("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n")
      XCTAssertEqual(status(connection.response()), 200)
    }
    // Two requests at once are answered in their order.
    connection.send("GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n" + get("/metrics"))
    let both = connection.readAll()
    XCTAssertEqual(both.components(separatedBy: "HTTP/1.1 ").dropFirst().map { $0.prefix(3) }, ["404", "200"])
    // HTTP/1.0 closes unless the client asks for more.
    XCTAssertEqual(status(try fixture.exchange("GET /metrics HTTP/1.0\r\n\r\n")), 200)
    let old = try fixture.connect()
    old.send("GET /metrics HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
    XCTAssertTrue(old.response().lowercased().contains("\r\nconnection: keep-alive\r\n"))
    old.send("GET /metrics HTTP/1.0\r\n\r\n")
    XCTAssertEqual(status(old.readAll()), 200)
  }

  func testWhatIsNoRequest() throws {
    let fixture = try ServerFixture()
    for bytes in [
      "\u{16}\u{3}\u{1}\0\u{5}", "hello\r\n\r\n", "GET\r\n\r\n", "GET /metrics HTTP/9.9\r\n\r\n",
      "GET / HTTP/1.1\r\nA b\r\n\r\n",
    ] {
      let response = try fixture.exchange(bytes)
      XCTAssertTrue(response.isEmpty || status(response) == 400, "\(bytes.debugDescription): \(response)")
    }
    XCTAssertEqual(status(try fixture.exchange(get("/metrics"))), 200)
  }

  func testLargeRequestsAreRefused() throws {
    let fixture = try ServerFixture()
    let long = String(repeating: "a", count: 17 << 10)
    let many = (0..<200).map { "X-\($0): a\r\n" }.joined()
    XCTAssertEqual(status(try fixture.exchange(get("/metrics", "X: \(long)\r\n"))), 400)
    XCTAssertEqual(status(try fixture.exchange(get("/metrics", many))), 400)
    XCTAssertEqual(status(try fixture.exchange(get("/\(long)"))), 400)
    // One that never ends is cut off long before it fills the memory.
    let connection = try fixture.connect()
    connection.send("GET /metrics HTTP/1.1\r\nX: ")
    var sent = 0
    while sent < 64 << 20, connection.send(long) { sent += long.utf8.count }
    XCTAssertLessThan(sent, 64 << 20)
  }

  /// A client that sends a byte now and then is cut off, and so is one that sends nothing.
  func testSlowClients() throws {
    var limits = MetricsServer.Limits()
    limits.seconds = 0.6
    let fixture = try ServerFixture(limits)
    let (silent, slow) = (try fixture.connect(), try fixture.connect())
    let start = monotonicSeconds()
    let bytes = Array("GET /metrics HTTP/1.1\r\nHost: abcdefghijklmnopqrstuvwxyz\r\n\r\n")
    var sent = 0
    while sent < bytes.count, slow.send(String(bytes[sent])) {
      sent += 1
      usleep(40_000)
    }
    XCTAssertLessThan(sent, bytes.count)
    XCTAssertEqual(silent.readAll(), "")
    XCTAssertGreaterThan(monotonicSeconds() - start, 0.5)
    // A page that does not come in time ends the connection, too.
    let stuck = try ServerFixture(
      limits,
      metrics: { _ in
        usleep(2_000_000)
        return MetricsServer.Page(type: "a", body: [])
      })
    XCTAssertEqual(try stuck.exchange(get("/metrics")), "")
  }

  func testAFurtherConnectionReplacesTheOneThatWasIdleLongest() throws {
    var limits = MetricsServer.Limits()
    limits.connections = 4
    let fixture = try ServerFixture(limits)
    var open = try (0..<4).map { _ in try fixture.connect() }
    // All four are known to the server once each has an answer; the second is then the oldest.
    for index in [1, 0, 2, 3] {
      open[index].send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
      XCTAssertEqual(status(open[index].response()), 200)
    }
    XCTAssertEqual(status(try fixture.exchange(get("/metrics"))), 200)
    XCTAssertNil(open[1].read())
    for index in [0, 2, 3] {
      open[index].send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
      XCTAssertEqual(status(open[index].response()), 200)
    }
    // Hundreds that do nothing do not keep others out.
    for _ in 0..<300 { open.append(try fixture.connect()) }
    XCTAssertEqual(status(try fixture.exchange(get("/metrics"))), 200)
  }

  /// Connections that wait for a page are not given up for others, which are turned away.
  func testConnectionsThatWaitForAPageAreKept() throws {
    var limits = MetricsServer.Limits()
    limits.connections = 3
    let gate = DispatchSemaphore(value: 0)
    let fixture = try ServerFixture(
      limits,
      metrics: { _ in
        gate.wait()
        return MetricsServer.Page(type: "a", body: [0x61])
      })
    let open = try (0..<3).map { _ in try fixture.connect() }
    for connection in open.dropLast() { connection.send(get("/metrics")) }
    // The server has read what came before the second of these.
    for _ in 0..<2 {
      open[2].send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
      XCTAssertEqual(status(open[2].response()), 200)
    }
    open[2].send(get("/metrics"))
    for _ in 0..<20 { _ = try fixture.connect().read() }
    for _ in 0..<3 { gate.signal() }
    for connection in open.dropLast() { XCTAssertTrue(connection.readAll().hasSuffix("\r\n\r\na")) }
  }

  func testWhoGetsOpenMetrics() {
    for (accept, isOpen) in [
      ("", false), ("*/*", false), ("text/html", false), ("application/openmetrics-text", true),
      (
        "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
          + "text/plain;version=0.0.4;q=0.5,*/*;q=0.1", true
      ),
      ("text/plain;version=0.0.4, application/openmetrics-text;q=0.5", false),
      ("text/plain;q=0.5, application/openmetrics-text;q=0.5", true), ("application/openmetrics-text;q=0", false),
      ("application/openmetrics-text;version=2.0.0", false),
      ("Application/OpenMetrics-Text; Version=1.0.0 ; q=1", true), ("application/openmetrics-text;q=abc", false),
    ] { XCTAssertEqual(PageSource.prefersOpenMetrics(accept), isOpen, accept) }
  }

  func testTheEndReleasesThePort() throws {
    let fixture = try ServerFixture()
    let connection = try fixture.connect()
    connection.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
    XCTAssertEqual(status(connection.response()), 200)
    XCTAssertThrowsError(try ListeningSocket(host: "127.0.0.1", port: fixture.port)) {
      XCTAssertEqual($0 as? ListeningSocket.Problem, .inUse)
    }
    for _ in 0..<3 {
      fixture.server.stop()
      usleep(50_000)
    }
    XCTAssertNil(connection.read())
    try ListeningSocket(host: "127.0.0.1", port: fixture.port).release()
    XCTAssertEqual(fixture.log.lines, [])
  }

  /// The end of a run does not wait for a page.
  func testTheEndDoesNotWaitForAPage() throws {
    let (started, gate) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    let fixture = try ServerFixture(metrics: { _ in
      started.signal()
      gate.wait()
      return MetricsServer.Page(type: "a", body: [])
    })
    let connection = try fixture.connect()
    connection.send(get("/metrics"))
    started.wait()
    fixture.server.stop()
    XCTAssertEqual(connection.readAll(), "")
    gate.signal()
  }

  func testAddresses() throws {
    let all = try ListeningSocket(host: nil, port: 0)
    defer { all.release() }
    XCTAssertEqual(all.address, "127.0.0.1:\(all.port)")
    let six = try? ListeningSocket(host: "::1", port: 0)
    if let six { XCTAssertEqual(six.address, "[::1]:\(six.port)") }
    six?.release()
    for (host, problem) in [("192.0.2.7", ListeningSocket.Problem.elsewhere)] {
      XCTAssertThrowsError(try ListeningSocket(host: host, port: 0)) {
        XCTAssertEqual($0 as? ListeningSocket.Problem, problem)
      }
    }
    XCTAssertThrowsError(try ListeningSocket(host: "no.such.host.invalid", port: 0)) {
      guard case .unknownHost? = $0 as? ListeningSocket.Problem else { return XCTFail("\($0)") }
    }
  }
}
