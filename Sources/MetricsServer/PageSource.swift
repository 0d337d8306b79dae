import Dispatch
import NIOCore
import NIOHTTP1

/// Answers requests by their method and path.
struct PageSource: Sendable {
  /// What is sent back.
  struct Reply: Sendable {
    var status: HTTPResponseStatus
    var type = "text/plain; charset=utf-8"
    var body: [UInt8]
    /// Methods that the path has, for the header `Allow`.
    var allowed: String?

    init(_ status: HTTPResponseStatus, _ text: String) {
      self.status = status
      body = Array("\(text)\n".utf8)
    }

    init(_ page: MetricsServer.Page) {
      status = .ok
      type = page.type
      body = page.body
    }
  }

  /// A path that is served.
  enum Route: String, CaseIterable {
    case metrics = "/metrics"
    case health = "/healthz"
    case readiness = "/readyz"
  }

  private let content: MetricsServer.Content
  /// Where pages are made.
  let queue = DispatchQueue(label: "imgrec.metrics")

  init(_ content: MetricsServer.Content) { self.content = content }

  /// Makes the reply to a request, on the queue of the pages if that may take time.
  func reply(to head: HTTPRequestHead, on loop: any EventLoop) -> EventLoopFuture<Reply> {
    let path = head.uri.prefix { $0 != "?" && $0 != "#" }
    guard let route = Route(rawValue: String(path)) else {
      let known = Route.allCases.map(\.rawValue).joined(separator: ", ")
      return loop.makeSucceededFuture(Reply(.notFound, "not found; there are \(known)"))
    }
    guard head.method == .GET || head.method == .HEAD else {
      var reply = Reply(.methodNotAllowed, "\(route.rawValue) can only be read")
      reply.allowed = "GET, HEAD"
      return loop.makeSucceededFuture(reply)
    }
    let promise = loop.makePromise(of: Reply.self)
    let content = content
    let asksForOpenMetrics = Self.prefersOpenMetrics(head.headers["Accept"].joined(separator: ","))
    switch route {
    // From the thread of the connections: it shows that the process answers, whatever the pages wait for.
    case .health: promise.succeed(Reply(.ok, "ok"))
    case .metrics: queue.async { promise.succeed(Reply(content.metrics(asksForOpenMetrics))) }
    case .readiness:
      queue.async {
        promise.succeed(content.obstacle().map { Reply(.serviceUnavailable, $0) } ?? Reply(.ok, "ok"))
      }
    }
    return promise.futureResult
  }

  /// Whether the header Accept names OpenMetrics, with a weight that is not below that of plain text.
  static func prefersOpenMetrics(_ accept: String) -> Bool {
    var (open, plain) = (0.0, 0.0)
    for range in accept.split(separator: ",") {
      let parts = range.split(separator: ";").map { $0.filter { !$0.isWhitespace }.lowercased() }
      let weight = parts.dropFirst().first { $0.hasPrefix("q=") }.map { Double($0.dropFirst(2)) ?? 0 } ?? 1
      let version = parts.dropFirst().first { $0.hasPrefix("version=") }?.dropFirst(8)
      switch parts.first {
      case "application/openmetrics-text":
        guard version == nil || version == "1.0.0" || version == "0.0.1" else { continue }
        open = max(open, weight)
      case "text/plain": plain = max(plain, weight)
      default: break
      }
    }
    return open > 0 && open >= plain
  }
}
