import Pipeline
import Recognition

/// The images that every measurement of `imgrec bench` reads, all of them equally often.
struct BenchSample {
  /// At most this many bytes of what the network sees are kept.
  private static let maxBytes = 256 << 20

  private(set) var items: [Item]
  /// What the network sees of the images that can be decoded, in groups of one shape.
  private(set) var slots: [[PixelBuffer]] = []
  /// The part of the images that reach the network.
  private(set) var decodable = 1.0

  init(_ items: [Item]) { self.items = items }

  /// Keeps `count` of the images, from all parts of the inputs.
  mutating func reduce(to count: Int) {
    guard count < items.count else { return }
    items = (0..<count).map { items[$0 * items.count / count] }
  }

  /// Takes over what the network saw in one pass over the images.
  mutating func keep(_ seen: SlotRecorder) {
    decodable = Double(seen.count) / Double(max(1, items.count))
    slots = seen.slots
  }

  /// What the network sees, in batches of at most `count`.
  func batches(of count: Int) -> [[PixelBuffer]] {
    slots.flatMap { group in
      stride(from: 0, to: group.count, by: count).map { Array(group[$0..<min($0 + count, group.count)]) }
    }
  }

  /// Keeps copies of what the network would see, and answers with zeros at once.
  final class SlotRecorder: Engine {
    let kind = EngineKind.opencv
    let maxBatch = 1
    private let idle: IdleEngine
    private(set) var count = 0
    private(set) var slots: [[PixelBuffer]] = []
    private var bytes = 0

    init(labels: Int) { idle = IdleEngine(labels: labels) }

    func infer<R>(_ batch: [PixelBuffer], _ body: (Outputs) throws(Failure) -> R) throws(Failure) -> R {
      for slot in batch {
        count += 1
        guard bytes + slot.byteCount <= BenchSample.maxBytes || bytes == 0 else { continue }
        bytes += slot.byteCount
        let copy = PixelBuffer(size: slot.size, order: slot.order)
        copy.base.update(from: slot.base, count: slot.byteCount)
        if let group = slots.firstIndex(where: { $0[0].size == slot.size && $0[0].order == slot.order }) {
          slots[group].append(copy)
        } else {
          slots.append([copy])
        }
      }
      return try idle.infer(batch, body)
    }
  }
}

/// Repeats the items, always all of them, until the time is over.
final class RepeatingFeed: Feed {
  private let items: [Item]
  private let end: ContinuousClock.Instant
  private var index = 0

  init(_ items: [Item], seconds: Double) {
    self.items = items
    end = .now + .seconds(seconds)
  }

  func next() -> Item? {
    let position = index % items.count
    if index > 0, position == 0, ContinuousClock.now >= end { return nil }
    defer { index += 1 }
    let item = items[position]
    return item.renumbered(index)
  }
}

/// Discards the outcomes.
final class DiscardingSink: Sink {
  func write(_ outcome: Outcome) {}
  func flush() {}
  func finish() {}
}

/// Counts the outcomes of a time, and stops the run after it.
final class TimedSink: Sink {
  private let end: ContinuousClock.Instant
  private let stop: StopToken
  private(set) var count = 0

  init(seconds: Double, stop: StopToken) { (end, self.stop) = (.now + .seconds(seconds), stop) }

  func write(_ outcome: Outcome) {
    count += 1
    if ContinuousClock.now >= end { stop.request(.interrupted) }
  }

  func flush() {}
  func finish() {}
}

/// Returns zeros at once, so that a run with it measures reading and decoding.
final class IdleEngine: Engine {
  let kind = EngineKind.opencv
  let maxBatch = 64
  private let zeros: [Float]

  init(labels: Int) { zeros = Array(repeating: 0, count: 64 * max(1, labels)) }

  func infer<R>(_ batch: [PixelBuffer], _ body: (Outputs) throws(Failure) -> R) throws(Failure) -> R {
    let classes = zeros.count / maxBatch
    return try zeros.withUnsafeBufferPointer { buffer throws(Failure) in
      let values = UnsafeBufferPointer(rebasing: buffer[..<(batch.count * classes)])
      return try body(
        Outputs(count: batch.count, tensors: [Tensor(name: "zeros", shape: [batch.count, classes], values: values)]))
    }
  }
}
