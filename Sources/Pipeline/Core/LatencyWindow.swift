/// The latencies of a network's last images: at most `limit` of them, none older than `maxAge` seconds.
///
/// It is bounded by number, so that a slow start of a long run is forgotten, and by age, so that images of an hour ago
/// decide nothing. All images of a batch have its latency: each waits for the whole batch.
struct LatencyWindow {
  private struct Batch {
    var at: Double
    var seconds: Double
    var images: Int
  }

  static let limit = 100
  static let maxAge = 300.0
  /// Number of images below which the window decides nothing.
  static let least = 10

  private var batches: [Batch] = []
  private(set) var images = 0

  /// Counts a batch that was answered at `now`, after `seconds`.
  mutating func add(_ images: Int, seconds: Double, at now: Double) {
    guard images > 0 else { return }
    batches.append(Batch(at: now, seconds: seconds, images: images))
    self.images += images
    // One batch may be larger than the window.
    var stale = 0
    while stale < batches.count - 1,
      self.images - batches[stale].images >= Self.limit || now - batches[stale].at > Self.maxAge
    {
      self.images -= batches[stale].images
      stale += 1
    }
    batches.removeFirst(stale)
  }

  mutating func removeAll() {
    batches.removeAll(keepingCapacity: true)
    images = 0
  }

  /// Whether fewer than the share `quantile` of the images were answered within `limit` seconds.
  ///
  /// One slow batch is an outlier, however many images were in it.
  func isOver(_ limit: Double, quantile: Double) -> Bool {
    guard images >= Self.least else { return false }
    let slow = batches.filter { $0.seconds > limit }
    // The rounding of 1 - 0.95 makes no difference to a whole number of images.
    return slow.count > 1 && Double(slow.reduce(0) { $0 + $1.images }) > (1 - quantile) * Double(images) + 1e-9
  }

  /// Seconds within which the share `quantile` of the images were answered; nil without images.
  func latency(quantile: Double) -> Double? {
    var left = (quantile * Double(images) - 1e-9).rounded(.up)
    for batch in batches.sorted(by: { $0.seconds < $1.seconds }) {
      left -= Double(batch.images)
      if left <= 0 { return batch.seconds }
    }
    return nil
  }
}
