import Recognition
import Statistics

/// Two runs beside each other.
public struct DriftComparison: Sendable {
  public private(set) var measures: [DriftMeasure] = []
  /// What was not compared, and what to know about the rest.
  public private(set) var notes: [String] = []
  public let limits: DriftLimits

  /// Names of measures to leave out; of a task, all of it.
  private let ignored: Set<String>
  /// Names of `ignored` that are those of a measure.
  private var found: Set<String> = []

  /// Most labels of which the shares are reported.
  private static let maxMoved = 10
  /// Number of new images from which they are tested alone.
  private static let leastNew = 10
  /// Fewer images of a label than this are expected in a run: it counts among the rare ones.
  private static let leastExpected = 5.0

  public init(_ baseline: DriftProfile, _ now: DriftProfile, limits: DriftLimits, ignoring ignored: Set<String> = []) {
    self.limits = limits
    self.ignored = ignored
    let (before, after) = (baseline.facts, now.facts)
    let tested = Self.tested(before, now)
    rate("failed", before, after, tested, \.failed, of: \.images)
    rate("warned", before, after, tested, \.warned, of: \.read)
    if before.failed + after.failed > 0 { labels("result", before.results, after.results, tested.results) }
    labels("format", before.formats, after.formats, tested.formats)
    numbers("megapixels", before.megapixels, after.megapixels, tested.megapixels)
    numbers("aspect", before.aspects, after.aspects, tested.aspects)
    for task in TaskKind.allCases { compare(task, before.tasks[task], after.tasks[task], tested.tasks[task]) }
    judge()
    for name in ignored.subtracting(found).sorted() { notes.append("no measure has the name \(name)") }
  }

  /// The images of this run whose difference from the baseline is tested: those that are new, since those that both runs
  /// have are the same in any case. All of them if it is the baseline that has more images of its own; then the test is
  /// too careful.
  private static func tested(_ baseline: DriftFacts, _ now: DriftProfile) -> DriftFacts {
    guard let new = now.new else { return now.facts }
    let missing = baseline.images - (now.images - new.images)
    let isSame = new.images == 0 && missing <= 0
    return isSame || new.images >= leastNew && 2 * new.images >= missing ? new : now.facts
  }

  /// The gravest verdict; `tooFew` if no measure has another.
  public var verdict: DriftVerdict {
    let order: [DriftVerdict] = [.drift, .warning, .small, .stable]
    return order.first { verdict in measures.contains { $0.verdict == verdict } } ?? .tooFew
  }

  private mutating func compare(_ task: TaskKind, _ baseline: TaskProfile?, _ now: TaskProfile?, _ new: TaskProfile?) {
    guard let baseline, let now else {
      if baseline != nil || now != nil {
        notes.append("\(task.rawValue) is in \(baseline != nil ? "the baseline" : "the records") only: not compared")
      }
      return
    }
    let (name, new) = (task.rawValue, new ?? TaskProfile())
    let (before, after) = (baseline.engines.keys.sorted(), now.engines.keys.sorted())
    if before != after, !before.isEmpty, !after.isEmpty {
      notes.append(
        "\(name) ran on \(before.joined(separator: " and ")) before, and on \(after.joined(separator: " and ")) now: "
          + "scores may differ a little")
    }
    if Set(baseline.models.keys).union(now.models.keys).count > 1 {
      labels("\(name).model", LabelCounts(baseline.models), LabelCounts(now.models), LabelCounts(new.models))
    }
    labels("\(name).label", baseline.labels, now.labels, new.labels)
    numbers("\(name).score", baseline.scores, now.scores, new.scores)
    numbers("\(name).count", baseline.counts, now.counts, new.counts)
    for measure in baseline.measures {
      guard let other = now.measures.first(where: { $0.name == measure.name }) else { continue }
      let fresh = new.measures.first { $0.name == measure.name }?.values
      numbers("\(name).\(measure.name)", measure.values, other.values, fresh ?? NumberSketch())
    }
    vectors("\(name).centroid", baseline.vectors, now.vectors, new.vectors)
  }

  // MARK: Kinds of measures

  // `tested` are the images of this run whose difference is tested.

  private mutating func rate(
    _ name: String, _ baseline: DriftFacts, _ now: DriftFacts, _ tested: DriftFacts,
    _ hits: KeyPath<DriftFacts, Int>, of all: KeyPath<DriftFacts, Int>
  ) {
    let (n1, n2) = (baseline[keyPath: all], now[keyPath: all])
    guard n1 > 0, n2 > 0 else { return }
    func difference(_ facts: DriftFacts) -> RateDifference {
      RateDifference(hits: baseline[keyPath: hits], of: n1, now: facts[keyPath: hits], of: facts[keyPath: all])
    }
    let shift = DriftMeasure.RateShift(
      baseline: Double(baseline[keyPath: hits]) / Double(n1), now: Double(now[keyPath: hits]) / Double(n2),
      difference: difference(now))
    add(name, n1, n2, .rate(shift), size: abs(shift.difference.h) / limits.rate, p: difference(tested).p)
  }

  private mutating func labels(_ name: String, _ baseline: LabelCounts, _ now: LabelCounts, _ tested: LabelCounts) {
    guard baseline.images > 0, now.images > 0, baseline.hasLabels || now.hasLabels else { return }
    let (n1, n2) = (Double(baseline.images), Double(now.images))
    // Sorted, so that sums of fractions do not depend on the order of a hash table.
    let names = Set(baseline.counts.keys).union(now.counts.keys).sorted()
    let (first, second) = (names.map { baseline.counts[$0] ?? 0 }, names.map { now.counts[$0] ?? 0 })
    var (common, commonNow, rare, rareNow) = ([Double](), [Double](), 0.0, 0.0)
    for (a, b) in zip(first, second) {
      if (a + b) / (n1 + n2) * min(n1, n2) >= Self.leastExpected {
        common.append(a)
        commonNow.append(b)
      } else {
        rare += a
        rareNow += b
      }
    }
    if rare + rareNow > 0 {
      common.append(rare)
      commonNow.append(rareNow)
    }
    let test = Homogeneity(first, second)
    var moved: [(label: String, baseline: Double, now: Double)] = []
    for name in names where baseline.share(name) != now.share(name) {
      moved.append((name, baseline.share(name), now.share(name)))
    }
    moved.sort { abs($0.baseline - $0.now) > abs($1.baseline - $1.now) }
    let shift = DriftMeasure.LabelShift(
      psi: PopulationStability.index(common, commonNow),
      chance: PopulationStability.chance(bins: common.count, n1, n2), test: test,
      moved: Array(moved.prefix(Self.maxMoved)))
    let size = max(max(0, shift.psi - shift.chance) / limits.psi, 2 * test.cramersV / limits.psi.squareRoot())
    add(
      name, baseline.images, now.images, .labels(shift), size: size,
      p: Homogeneity(first, names.map { tested.counts[$0] ?? 0 }).p)
  }

  private mutating func numbers(_ name: String, _ baseline: NumberSketch, _ now: NumberSketch, _ tested: NumberSketch) {
    guard baseline.count > 0, now.count > 0 else { return }
    func summary(_ sketch: NumberSketch) -> DriftMeasure.NumberShift.Summary {
      .init(
        mean: sketch.mean, deviation: sketch.deviation, quantiles: [0.1, 0.5, 0.9].map { sketch.quantile($0) })
    }
    let difference = NumberDifference(baseline, now)
    let shift = DriftMeasure.NumberShift(
      difference: difference,
      chance: PopulationStability.chance(bins: difference.bins, Double(baseline.count), Double(now.count)),
      baseline: summary(baseline), now: summary(now))
    let size = max(max(0, difference.psi - shift.chance) / limits.psi, difference.ks / limits.ks)
    add(
      name, baseline.count, now.count, .numbers(shift), size: size,
      p: NumberDifference(baseline, tested).p)
  }

  private mutating func vectors(_ name: String, _ baseline: VectorCloud, _ now: VectorCloud, _ tested: VectorCloud) {
    guard baseline.count > 0, now.count > 0 else { return }
    guard baseline.dimension == now.dimension else {
      notes.append(
        "\(name) is not compared: vectors have \(baseline.dimension) numbers in the baseline, \(now.dimension) now")
      return
    }
    let difference = CentroidDifference(baseline, now)
    add(
      name, baseline.count, now.count, .vectors(difference), size: difference.shift / limits.centroid,
      p: CentroidDifference(baseline, tested).p)
  }

  private mutating func add(
    _ name: String, _ baseline: Int, _ now: Int, _ values: DriftMeasure.Values, size: Double, p: Double
  ) {
    let task = String(name.prefix { $0 != "." })
    for other in [name, task] where ignored.contains(other) {
      found.insert(other)
      return
    }
    measures.append(DriftMeasure(name: name, baseline: baseline, now: now, values: values, size: size, p: p))
  }

  private mutating func judge() {
    let tested = measures.indices.filter { measures[$0].hasEnough(limits) }
    for (index, p) in zip(tested, Holm.adjusted(tested.map { measures[$0].p })) { measures[index].adjusted = p }
    for index in measures.indices { measures[index].judge(limits) }
  }
}

extension LabelCounts {
  /// Counts by name.
  fileprivate init(_ counts: [String: Int]) {
    self.init()
    for (name, count) in counts { add(name, count) }
  }
}

extension DriftProfile {
  /// The models of this run that `baseline` has no answers of, by task, with those that it has.
  public func foreignModels(_ baseline: DriftProfile) -> [(task: TaskKind, models: [String], baseline: [String])] {
    TaskKind.allCases.compactMap { task in
      guard let now = facts.tasks[task], let before = baseline.facts.tasks[task], !before.models.isEmpty else {
        return nil
      }
      let foreign = Set(now.models.keys).subtracting(before.models.keys)
      return foreign.isEmpty ? nil : (task, foreign.sorted(), before.models.keys.sorted())
    }
  }

  /// Number of images for each model, by task.
  var models: [(task: TaskKind, counts: [(name: String, count: Int)])] {
    TaskKind.allCases.compactMap { task in
      guard let profile = facts.tasks[task], !profile.models.isEmpty else { return nil }
      return (task, profile.models.sorted { $0.key < $1.key }.map { (name: $0.key, count: $0.value) })
    }
  }
}
