/// Bounds batches by the time that a network takes for them: every image of a batch waits for all of it.
///
/// A batch is to take at most half of the limit. The first has one image, because nothing is known of the network yet;
/// then the bound doubles after each full batch, as far as the measured time for one image allows. A slow batch lowers it
/// at once.
struct BatchCap {
  /// Seconds; nil: batches are not bounded.
  private let limit: Double?
  /// Seconds for one image, which rise at once and fall slowly.
  private var cost = 0.0
  /// Maximum number of images in the next batch.
  private(set) var images: Int

  init(limit: Double?) {
    self.limit = limit
    images = limit == nil ? .max : 1
  }

  /// Notes that a batch of `count` images took `seconds`.
  mutating func ran(_ count: Int, seconds: Double) {
    guard let limit, count > 0 else { return }
    let measured = max(seconds, 1e-9) / Double(count)
    cost = max(measured, 0.7 * cost + 0.3 * measured)
    let fitting = Int(min(65536, max(1, limit / 2 / cost)))
    images = min(fitting, count >= images ? 2 * images : images)
  }
}
