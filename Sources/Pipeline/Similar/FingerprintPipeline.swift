import Codecs
import Inputs
import Platform
import Recognition

/// An image's perceptual hash, with what `similar` ranks it by.
public struct Fingerprint: Sendable {
  /// Number of the image among the inputs; the workers finish in any order.
  public var index: Int
  public var path: RawPath
  /// Upright.
  public var size: PixelSize
  /// Length of the file.
  public var bytes: Int
  /// Nanoseconds since 1970.
  public var modified: Int64
  /// Whether the file holds the sensor's data: more than a picture of the same size.
  public var isRaw: Bool
  public var look: FingerprintIndex.Look
}

/// Computes the perceptual hash of every image of a feed, on several workers.
///
/// Unchecked: `receive` is called under `monitor`, `feed` by the thread of the walk.
public final class FingerprintPipeline: @unchecked Sendable {
  private let feed: any Feed
  private let hash: PerceptualHash
  private let findsMirrored: Bool
  private let limits: DecodeLimits
  private let reader: ItemReader
  private let stop: StopToken
  private let metrics: RunMetrics
  private let receive: (RawPath, Result<Fingerprint, Failure>) -> Void
  private let monitor = Monitor(())

  /// `receive` is called with each image or its failure, one call at a time. `findsMirrored`: hashes of the mirror images
  /// are computed too.
  public init(
    feed: any Feed, hash: PerceptualHash, findsMirrored: Bool = false, limits: DecodeLimits, maxFileSize: Int,
    stop: StopToken,
    metrics: RunMetrics = RunMetrics(), receive: @escaping (RawPath, Result<Fingerprint, Failure>) -> Void
  ) {
    self.feed = feed
    self.hash = hash
    self.findsMirrored = findsMirrored
    self.limits = limits
    reader = ItemReader(maxBytes: maxFileSize)
    self.stop = stop
    self.metrics = metrics
    self.receive = receive
  }

  /// Runs to the end of the feed, or until it is stopped.
  public func run(workers: Int) {
    let items = Channel<Item>(limit: 256 * Item.queueCost)
    let receivers = (0..<workers).map { _ in items.receiver() }
    stop.onRequest { items.cancel() }
    let group = WorkerGroup()
    // A variable would hold the sender, and with it the channel, until this function returns.
    group.startDetached("walk", Walk(feed: feed, items: items.sender(), stop: stop)) { $0.run() }
    group.start("hash", receivers) { self.work($0) }
    group.wait()
  }

  /// Items of the feed -> workers. On a thread that the run does not wait for: a feed may be blocked on a terminal or a
  /// pipe when the run stops.
  private struct Walk {
    let feed: any Feed
    let items: Channel<Item>.Sender
    let stop: StopToken

    func run() { while !stop.isRequested, let item = feed.next(), items.send(item) {} }
  }

  private func work(_ items: Channel<Item>.Receiver) {
    let decoder = ImageDecoder(limits: limits)
    let buffer = FileBuffer()
    let input = InputSpec(
      width: hash.side, height: hash.side, resize: .init(rule: .stretch), channels: .grey, mean: [0], scale: [1])
    let slot = PixelBuffer(size: PixelSize(width: hash.side, height: hash.side), order: .grey)
    let side = FingerprintIndex.colourSide
    let colours = InputSpec(
      width: side, height: side, resize: .init(rule: .stretch), channels: .bgr, mean: [0, 0, 0], scale: [1, 1, 1])
    let small = PixelBuffer(size: PixelSize(width: side, height: side), order: .bgr)
    while let item = items.receive(), !stop.isRequested {
      let result: Result<Fingerprint, Failure>
      do throws(Failure) {
        let modified = try reader.read(item, into: buffer)?.modified ?? 0
        let header = try decoder.header(of: buffer.bytes)
        _ = try decoder.decode(
          buffer.bytes, header: header, into: [(transform: input.transform(of: header.size), slot: slot)])
        let grey = UnsafeBufferPointer(slot.bytes)
        let look: FingerprintIndex.Look
        if PerceptualHash.isPlain(grey) {
          // Seldom, so that most files are decoded without their colours, which is faster.
          _ = try decoder.decode(
            buffer.bytes, header: header, into: [(transform: colours.transform(of: header.size), slot: small)])
          look = .colours(Array(small.bytes))
        } else {
          look = .hash(hash(grey), mirrored: findsMirrored ? hash(mirrored: grey) : nil)
        }
        result = .success(
          Fingerprint(
            index: item.index, path: item.path, size: header.size, bytes: buffer.bytes.count, modified: modified,
            isRaw: header.format == .raw, look: look))
      } catch {
        result = .failure(error)
      }
      monitor.withLock { _ in receive(item.path, result) }
      metrics.count {
        $0.inputs += 1
        switch result {
        case .success: $0.ok += 1
        case .failure(let failure):
          $0.failed += 1
          $0.failures[failure.code, default: 0] += 1
        }
      }
    }
  }
}
