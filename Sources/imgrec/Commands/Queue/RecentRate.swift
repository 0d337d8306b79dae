/// The rate of the last seconds: what was waiting at the start comes faster than what is being recognised.
struct RecentRate {
  /// Seconds that count.
  private static let span = 30.0
  private var samples: [(seconds: Double, count: Int)] = []

  /// Notes that `count` were done at `seconds`.
  mutating func add(_ count: Int, at seconds: Double) {
    samples.append((seconds, count))
    while samples.count > 2, samples[1].seconds <= seconds - Self.span { samples.removeFirst() }
  }

  /// Per second; 0 while it is not known.
  var value: Double {
    guard let first = samples.first, let last = samples.last, last.seconds > first.seconds else { return 0 }
    return Double(last.count - first.count) / (last.seconds - first.seconds)
  }
}
