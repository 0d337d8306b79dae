import Recognition
import Records
import Statistics

/// How unsure the networks are of an image.
struct Doubt {
  /// 0 to 1: 1 less the margin between the two best labels, or 1 less the lowest score of the objects.
  var value: Double
  var label: String
  var text: String

  /// The greatest doubt of all tasks; nil if none has a score.
  init?(_ record: StoredRecord) {
    var found: Doubt?
    for answer in record.answers where answer.task.isLabelled {
      guard let doubt = Doubt(answer.task, answer.findings), doubt.value > found?.value ?? -1 else { continue }
      found = doubt
    }
    guard let found else { return nil }
    self = found
  }

  private init?(_ task: TaskKind, _ findings: Findings) {
    switch findings {
    case .labels(let labels):
      let sorted = labels.sorted { $0.score > $1.score }
      guard let best = sorted.first else { return nil }
      label = best.label
      text = "\(task.rawValue) \(best.label) \(fixed(Double(best.score), 3))"
      value = 1 - Double(best.score)
      guard sorted.count > 1 else { return }
      value += Double(sorted[1].score)
      text += ", \(sorted[1].label) \(fixed(Double(sorted[1].score), 3))"
    case .detections, .segments:
      guard let least = findings.objects.min(by: { $0.score < $1.score }) else { return nil }
      label = least.name ?? task.rawValue
      text = "\(task.rawValue) \(label) \(fixed(Double(least.score), 3))"
      value = 1 - Double(least.score)
    case .embedding, .measures, .codes, .upscaled: return nil
    }
  }
}

/// How unlike the baseline an image is.
struct Novelty {
  /// A sample of the baseline's vectors; empty if it has none.
  private let vectors: [[Float]]
  /// Median and standard deviation of the measures, by name.
  private var measures: [(name: String, median: Double, deviation: Double)] = []

  /// Distance of the 10 % and the 90 % quantile of the normal distribution, in standard deviations.
  private static let quantileDistance = 2.5631

  init(_ baseline: DriftProfile) {
    vectors = baseline.facts.tasks[.embed]?.vectors.sample ?? []
    add(Self.megapixels, baseline.facts.megapixels)
    add(Self.aspect, baseline.facts.aspects)
    for measure in baseline.facts.tasks[.quality]?.measures ?? [] { add(measure.name, measure.values) }
  }

  private static let megapixels = "megapixels"
  private static let aspect = "aspect"

  private mutating func add(_ name: String, _ sketch: NumberSketch) {
    guard sketch.count > 0 else { return }
    let deviation = (sketch.quantile(0.9) - sketch.quantile(0.1)) / Self.quantileDistance
    guard deviation > 0 else { return }
    measures.append((name, sketch.quantile(0.5), deviation))
  }

  /// Distance of the image's vector from the nearest of the baseline, 1 - cosine. Without vectors, the largest distance
  /// of a measure from its median, in standard deviations. With the reason in words; nil if the record has neither.
  func value(of record: StoredRecord) -> (value: Double, text: String)? {
    if let first = vectors.first {
      guard case .embedding(let vector) = record.findings(.embed), vector.count == first.count,
        let unit = VectorCloud.unit(vector)
      else { return nil }
      let nearest = vectors.reduce(-1) { max($0, Double(VectorCloud.dot($1, unit))) }
      return (1 - nearest, "vector at \(fixed(1 - nearest, 3)) from the nearest of the baseline")
    }
    var values: [(String, Double)] = []
    if let size = record.size, size.width > 0, size.height > 0 {
      values = [
        (Self.megapixels, Double(size.width) * Double(size.height) / 1e6),
        (Self.aspect, Double(size.width) / Double(size.height)),
      ]
    }
    if case .measures(let found) = record.findings(.quality) { values += found.map { ($0.name, $0.value) } }
    var most: (value: Double, text: String)?
    for (name, value) in values {
      guard let measure = measures.first(where: { $0.name == name }) else { continue }
      let distance = abs(value - measure.median) / measure.deviation
      guard distance > most?.value ?? -1 else { continue }
      most = (distance, "\(name) \(fixed(value, 3)), median of the baseline \(fixed(measure.median, 3))")
    }
    return most
  }
}

extension TaskKind {
  /// Whether people label images for it.
  var isLabelled: Bool {
    switch self {
    case .classify, .detect, .nsfw, .segment, .faces, .plates: true
    case .embed, .rotation, .quality, .text, .codes, .upscale: false
    }
  }
}

extension StoredRecord {
  /// The labels by which the image may be rare, each once: the best of a classification, all of objects.
  var rankedLabels: [(task: TaskKind, label: String)] {
    answers.flatMap { answer -> [(task: TaskKind, label: String)] in
      guard answer.task.isLabelled else { return [] }
      if case .labels(let labels) = answer.findings {
        return labels.max { $0.score < $1.score }.map { [(answer.task, $0.label)] } ?? []
      }
      return Set(answer.findings.objects.compactMap(\.name)).sorted().map { (answer.task, $0) }
    }
  }
}
