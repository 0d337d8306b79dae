import NIOCore
import NIOHTTP1
import NIOPosix
import Platform
import Synchronization

/// Serves the metrics and the health of a run over HTTP/1.1.
///
/// It has a thread for its connections and a queue on which pages are made, so that neither a slow client nor a page
/// that waits delays the run.
public final class MetricsServer: Sendable {
  /// A page as it is sent.
  public struct Page: Sendable {
    public var type: String
    public var body: [UInt8]

    public init(type: String, body: [UInt8]) {
      self.type = type
      self.body = body
    }
  }

  /// What is served. Called on one thread at a time, which is not the run's.
  public struct Content: Sendable {
    /// Makes the page of the metrics, in OpenMetrics if the client prefers it.
    public var metrics: @Sendable (_ inOpenMetrics: Bool) -> Page
    /// Returns why the run is not ready; nil if it is.
    public var obstacle: @Sendable () -> String?

    public init(
      metrics: @escaping @Sendable (_ inOpenMetrics: Bool) -> Page, obstacle: @escaping @Sendable () -> String?
    ) {
      self.metrics = metrics
      self.obstacle = obstacle
    }
  }

  /// Limits on clients.
  public struct Limits: Sendable {
    /// Connections at once. A further one replaces the one that has been idle longest.
    public var connections = 16
    /// Seconds from a connection's beginning, or from one answer, to the end of the next answer.
    public var seconds = 30.0
    /// Bytes of a request's target and header fields.
    public var headerBytes = 16 << 10

    public init() {}
  }

  private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
  private let channel: any Channel
  private let connections: ConnectionTable
  private let pages: PageSource
  private let isStopped: StopFlag

  private final class StopFlag: Sendable { let value = Atomic<Bool>(false) }

  /// Starts to serve on `socket`, which it then owns. `log` receives what goes wrong afterwards.
  public init(
    on socket: ListeningSocket, _ content: Content, limits: Limits = Limits(), log: @escaping @Sendable (String) -> Void
  ) throws(SetupError) {
    let connections = ConnectionTable(limit: limits.connections)
    let pages = PageSource(content)
    let isStopped = StopFlag()
    let bootstrap = ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: 64)
      .serverChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(AcceptErrorHandler(log))
        }
      }
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try Self.configure(channel, connections, pages, limits)
        }
      }
    do { channel = try bootstrap.withBoundSocket(socket.descriptor).wait() } catch {
      throw SetupError("\(socket.address) cannot be served: \(error)")
    }
    self.isStopped = isStopped
    self.connections = connections
    self.pages = pages
    channel.closeFuture.whenComplete { _ in
      if !isStopped.value.load(ordering: .relaxed) { log("metrics are no longer served at \(socket.address)") }
    }
  }

  /// Releases the port and ends the connections. Does not wait for a page that is being made.
  public func stop() {
    // Once: the loop of a server that was stopped completes no more futures.
    guard !isStopped.value.exchange(true, ordering: .acquiringAndReleasing) else { return }
    try? channel.close().wait()
    connections.closeAll()
    // After the last page, whose reply needs the loop.
    pages.queue.async { [group] in group.shutdownGracefully { _ in } }
  }

  private static func configure(
    _ channel: any Channel, _ connections: ConnectionTable, _ pages: PageSource, _ limits: Limits
  ) throws {
    var decoder = NIOHTTPDecoderLimitConfiguration()
    decoder.maxHeaderFieldSize = limits.headerBytes
    decoder.maxHeaderListSize = limits.headerBytes
    decoder.maxHeaderFieldCount = 100
    let pipeline = channel.pipeline.syncOperations
    try pipeline.addHandlers([
      HTTPResponseEncoder(), ByteToMessageHandler(HTTPRequestDecoder(limitConfiguration: decoder)),
      HTTPServerPipelineHandler(), HTTPServerProtocolErrorHandler(),
      RequestHandler(pages, connections, seconds: limits.seconds),
    ])
    connections.add(channel)
  }
}

/// Logs the failures of accepting connections, such as too many open files, at most one a minute.
private final class AcceptErrorHandler: ChannelInboundHandler {
  typealias InboundIn = any Channel

  private let log: @Sendable (String) -> Void
  private var silentUntil = 0.0

  init(_ log: @escaping @Sendable (String) -> Void) { self.log = log }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    let now = monotonicSeconds()
    guard now >= silentUntil else { return }
    silentUntil = now + 60
    log("metrics: a connection could not be accepted: \(error)")
  }
}
