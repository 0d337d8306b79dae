/// How often labels occur, in bounded memory. Each image counts once, split among its labels.
struct LabelCounts: Sendable {
  /// Labels that are counted one by one; of more, as text of strangers may bring, the rest counts as one.
  private static let maxLabels = 1 << 16
  /// The label of an image without any.
  static let none = "(none)"
  /// All labels that are too rare to count one by one.
  static let rare = "(rare)"

  /// Sums of the parts of images.
  private(set) var counts: [String: Double] = [:]
  /// What those parts lack to the whole images.
  private var shared: [String: Double] = [:]
  private(set) var images = 0
  /// Whether any image has a label.
  private(set) var hasLabels = false

  /// Adds an image. Of a label that it has several times each counts; without labels it counts as `none`.
  mutating func add(_ labels: [String]) {
    images += 1
    if labels.isEmpty {
      counts[Self.none, default: 0] += 1
      return
    }
    hasLabels = true
    let distinct = labels.count == 1 ? labels : Array(Set(labels))
    for label in distinct {
      let isKnown = counts.count < Self.maxLabels || counts[label] != nil
      let part = 1 / Double(distinct.count)
      counts[isKnown ? label : Self.rare, default: 0] += part
      if isKnown, part < 1 { shared[label, default: 0] += 1 - part }
    }
  }

  /// Adds `number` images with one label.
  mutating func add(_ label: String, _ number: Int) {
    images += number
    hasLabels = true
    counts[label, default: 0] += Double(number)
  }

  /// Takes back an image that was added with one label.
  mutating func remove(_ label: String) {
    guard let count = counts[label] else { return }
    images -= 1
    counts[label] = count > 1 ? count - 1 : nil
  }

  /// Number of images that have the label.
  func occurrences(_ label: String) -> Double { ((counts[label] ?? 0) + (shared[label] ?? 0)).rounded() }

  /// Share of the images that have the label.
  func share(_ label: String) -> Double { images > 0 ? (counts[label] ?? 0) / Double(images) : 0 }
}
