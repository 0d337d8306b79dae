import NIOCore
import NIOHTTP1
import Platform

/// Answers the requests of one connection, and ends it when it takes too long.
final class RequestHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let pages: PageSource
  private let connections: ConnectionTable
  private let limit: TimeAmount
  private var deadline: Scheduled<Void>?
  /// The request that is being read or answered.
  private var head: HTTPRequestHead?
  /// Whether the last answer of the connection is being sent.
  private var isClosing = false

  init(_ pages: PageSource, _ connections: ConnectionTable, seconds: Double) {
    self.pages = pages
    self.connections = connections
    limit = .milliseconds(Int64(seconds * 1000))
  }

  func channelActive(context: ChannelHandlerContext) {
    startClock(context)
    context.fireChannelActive()
  }

  func channelInactive(context: ChannelHandlerContext) {
    deadline?.cancel()
    context.fireChannelInactive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head where isClosing: head = nil
    case .head(let head):
      self.head = head
      // No request has a use for a body: it is answered at once, and what it sends further is not read.
      if Self.hasBody(head) { answer(head, context, closing: true) }
    case .body: break
    case .end:
      guard let head, !isClosing, !Self.hasBody(head) else { return }
      answer(head, context, closing: !head.isKeepAlive)
    }
  }

  /// Errors of the parser were answered before; all end the connection.
  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

  private static func hasBody(_ head: HTTPRequestHead) -> Bool {
    head.headers.contains(name: "Transfer-Encoding") || head.headers["Content-Length"].contains { $0 != "0" }
  }

  private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext, closing: Bool) {
    isClosing = closing
    connections.mark(context.channel, busy: true)
    pages.reply(to: head, on: context.eventLoop).assumeIsolated().whenSuccess { reply in
      guard context.channel.isActive else { return }
      self.send(reply, to: head, context, closing: closing)
    }
  }

  private func send(
    _ reply: PageSource.Reply, to head: HTTPRequestHead, _ context: ChannelHandlerContext, closing: Bool
  ) {
    var headers = HTTPHeaders([
      ("Content-Type", reply.type), ("Content-Length", "\(reply.body.count)"), ("Date", httpDate()),
      ("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"),
    ])
    if let allowed = reply.allowed { headers.add(name: "Allow", value: allowed) }
    if closing {
      headers.add(name: "Connection", value: "close")
    } else if head.version == .http1_0 {
      headers.add(name: "Connection", value: "keep-alive")
    }
    let response = HTTPResponseHead(version: .http1_1, status: reply.status, headers: headers)
    context.write(wrapOutboundOut(.head(response)), promise: nil)
    if head.method != .HEAD {
      context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: reply.body)))), promise: nil)
    }
    context.writeAndFlush(wrapOutboundOut(.end(nil))).assumeIsolated().whenComplete { _ in
      self.connections.mark(context.channel, busy: false)
      guard closing else { return self.startClock(context) }
      // What the client still sends is read for a moment: it would lose the answer if the connection were reset.
      context.close(mode: .output, promise: nil)
      self.deadline?.cancel()
      self.deadline = context.eventLoop.assumeIsolated().scheduleTask(in: .seconds(1)) { context.close(promise: nil) }
    }
  }

  /// Closes the connection if it has no further answer within the limit, however much it sends.
  private func startClock(_ context: ChannelHandlerContext) {
    deadline?.cancel()
    deadline = context.eventLoop.assumeIsolated().scheduleTask(in: limit) { context.close(promise: nil) }
  }
}

/// The time in the form of the header `Date`, such as `Sun, 29 Nov 2026 09:49:37 GMT` (RFC 9110).
private func httpDate() -> String {
  var (seconds, parts) = (time(nil), tm())
  gmtime_r(&seconds, &parts)
  let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
  let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
  func two(_ number: Int32) -> String { (number < 10 ? "0" : "") + "\(number)" }
  return "\(days[Int(parts.tm_wday)]), \(two(parts.tm_mday)) \(months[Int(parts.tm_mon)]) \(1900 + parts.tm_year) "
    + "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) GMT"
}
