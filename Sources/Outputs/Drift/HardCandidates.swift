import Platform
import Recognition
import Records
import Statistics

/// Why an image is worth labelling.
public enum HardReason: String, Sendable, CaseIterable {
  /// The network hesitates between two labels, or an object has a low score.
  case unsure
  /// Nothing in the baseline is like it.
  case unlike
  /// It has a label that few images have.
  case rare
}

/// An image that is worth labelling, and its record.
public struct HardImage: Sendable {
  public var reason: HardReason
  /// How much so: 0 to 1 of `unsure`; the distance from the nearest vector of the baseline, or the number of standard
  /// deviations from its median, of `unlike`; the number of images with the label of `rare`.
  public var value: Double
  /// The reason in words.
  public var detail: String
  /// Its label, as far as the reason has one.
  public var label: String
  /// Compact JSON of the record.
  public var json: [UInt8]
  /// A hash of the name.
  var key: UInt64
}

/// Collects the images of a run that are worth labelling, in memory for a few times as many as are asked for.
public struct HardCandidates {
  /// Images with one label that are kept, and labels that are watched.
  private static let perLabel = 3
  private static let maxLabels = 1 << 14
  /// A label is rare if at most this share of the images has it.
  private static let rareShare = 0.01

  private let count: Int
  private let novelty: Novelty
  private let baseline: DriftProfile
  private var unsure: HighestValues
  private var unlike: HighestValues
  /// Images of the labels, by task and label.
  private var labelled: [String: [HardImage]] = [:]

  /// `count` is the number of images that are wanted.
  public init(_ count: Int, baseline: DriftProfile) {
    self.count = count
    self.baseline = baseline
    novelty = Novelty(baseline)
    // Some of them are the same picture, or no file.
    unsure = HighestValues(2 * count + 16)
    unlike = HighestValues(2 * count + 16)
  }

  /// Adds an image that was read. Of a file with several pages the first alone can be labelled.
  public mutating func add(_ record: StoredRecord, _ json: UnsafeBufferPointer<UInt8>) {
    guard record.isOK, record.page ?? 1 == 1 else { return }
    let key = DriftProfile.key(of: record)
    func image(_ reason: HardReason, _ value: Double, _ detail: String, _ label: String) -> HardImage {
      HardImage(reason: reason, value: value, detail: detail, label: label, json: Array(json), key: key)
    }
    let doubt = Doubt(record)
    if let doubt, unsure.takes(doubt.value, key) {
      unsure.add(image(.unsure, doubt.value, doubt.text, doubt.label))
    }
    if let (value, text) = novelty.value(of: record), unlike.takes(value, key) {
      unlike.add(image(.unlike, value, text, doubt?.label ?? ""))
    }
    for (task, label) in record.rankedLabels {
      let name = "\(task.rawValue) \(label)"
      guard labelled[name] != nil || labelled.count < Self.maxLabels else { continue }
      let last = labelled[name]?.last
      guard labelled[name, default: []].count < Self.perLabel || last.map({ key < $0.key }) ?? true else { continue }
      // The images with the smallest hashes are a random choice that does not depend on the order.
      labelled[name, default: []].append(image(.rare, 0, name, label))
      labelled[name]?.sort { $0.key < $1.key }
      if labelled[name, default: []].count > Self.perLabel { labelled[name]?.removeLast() }
    }
  }

  /// The images, of each reason some: half of them unsure, a quarter unlike, a quarter of rare labels. What a reason
  /// lacks the others fill. `accepts` is asked once about an image before it is taken.
  public func picks(_ now: DriftProfile, accepts: (HardImage) -> Bool) -> [HardImage] {
    var queues = [HardQueue(rare(now)), HardQueue(unlike.sorted), HardQueue(unsure.sorted)]
    let count = min(count, now.facts.read)
    let shares = [count / 4, count / 4, count - 2 * (count / 4)]
    var picked: [HardImage] = []
    var asked: Set<UInt64> = []
    func fill(_ queue: inout HardQueue, upTo most: Int, perLabel: Int) {
      queue.restart()
      while queue.number < most, picked.count < count, let image = queue.next(perLabel: perLabel) {
        guard asked.insert(image.key).inserted, accepts(image) else { continue }
        picked.append(image)
        queue.took(image)
      }
    }
    // No label has more than an eighth of a share, so that one that is confused often leaves room for the others.
    for (index, share) in shares.enumerated() { fill(&queues[index], upTo: share, perLabel: max(1, share / 8)) }
    for (index, share) in shares.enumerated() { fill(&queues[index], upTo: share, perLabel: .max) }
    for index in queues.indices.reversed() { fill(&queues[index], upTo: count, perLabel: .max) }
    return picked
  }

  /// Images of rare labels: of each label one, the rarest first, then of each another one.
  private func rare(_ now: DriftProfile) -> [HardImage] {
    let images = Double(baseline.facts.read + now.facts.read)
    var found: [(number: Double, order: UInt64, images: [HardImage])] = []
    for (name, list) in labelled {
      guard let first = list.first, let space = name.firstIndex(of: " "),
        let task = TaskKind(rawValue: String(name[..<space]))
      else { continue }
      let number = [baseline, now].reduce(0) { $0 + ($1.facts.tasks[task]?.labels.occurrences(first.label) ?? 0) }
      guard number <= max(2, Self.rareShare * images) else { continue }
      let marked = list.map { image in
        var image = image
        image.value = number
        image.detail = "\(name): \(SummaryLine.counted(Int(number), "image")) in both runs"
        return image
      }
      found.append((number, fnv1a(name.utf8), marked))
    }
    found.sort { ($0.number, $0.order) < ($1.number, $1.order) }
    return (0..<Self.perLabel).flatMap { round in
      found.compactMap { $0.images.indices.contains(round) ? $0.images[round] : nil }
    }
  }
}

/// Images in the order in which they are taken.
private struct HardQueue {
  private let images: [HardImage]
  private var index = 0
  private var taken: [String: Int] = [:]
  /// Number of images that were taken.
  private(set) var number = 0

  init(_ images: [HardImage]) { self.images = images }

  /// The next image of whose label fewer than `perLabel` were taken.
  mutating func next(perLabel: Int) -> HardImage? {
    while index < images.count {
      let image = images[index]
      index += 1
      if taken[image.label, default: 0] < perLabel { return image }
    }
    return nil
  }

  mutating func took(_ image: HardImage) {
    taken[image.label, default: 0] += 1
    number += 1
  }

  mutating func restart() { index = 0 }
}

/// The images with the highest values.
private struct HighestValues {
  private let most: Int
  private var images: [HardImage] = []
  /// The lowest value that is kept, once there are too many.
  private var least: (value: Double, key: UInt64)?

  init(_ most: Int) { self.most = most }

  func takes(_ value: Double, _ key: UInt64) -> Bool { least.map { (value, key) > $0 } ?? true }

  mutating func add(_ image: HardImage) {
    images.append(image)
    // Sorted now and then: each image moves a few times only.
    guard images.count >= 2 * most else { return }
    images = Array(sorted.prefix(most))
    least = images.last.map { ($0.value, $0.key) }
  }

  /// Highest first; of equal ones those with the highest hash.
  var sorted: [HardImage] { images.sorted { ($0.value, $0.key) > ($1.value, $1.key) } }
}
