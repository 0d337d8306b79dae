import Recognition
import Statistics

/// What the answers of one task were like.
struct TaskProfile: Sendable {
  /// Number of images for each model and engine, by the names in the records.
  private(set) var models: [String: Int] = [:]
  private(set) var engines: [String: Int] = [:]
  private(set) var labels = LabelCounts()
  /// Best score of a classification, mean score of the objects.
  private(set) var scores = NumberSketch()
  /// Number of objects.
  private(set) var counts = NumberSketch()
  /// Measures by name, in the order in which they were seen.
  private(set) var measures: [(name: String, values: NumberSketch)] = []
  private(set) var vectors = VectorCloud()

  private static let maxMeasures = 64

  /// `key` is a hash of the image's name.
  mutating func add(_ findings: Findings, model: String?, engine: String?, key: UInt64) {
    if let model { models[model, default: 0] += 1 }
    if let engine { engines[engine, default: 0] += 1 }
    switch findings {
    case .labels(let found):
      // jq may have changed their order.
      let best = found.max { $0.score < $1.score }
      labels.add(best.map { [$0.label] } ?? [])
      if let best { scores.add(Double(best.score)) }
    case .detections(let found): add(found.map { ($0.label ?? $0.identity?.name, $0.score) })
    case .segments(let found): add(found.map { ($0.label, $0.score) })
    case .codes(let found):
      labels.add(found.map(\.format))
      counts.add(Double(found.count))
    case .measures(let found): for measure in found { add(measure) }
    case .embedding(let vector): if !vector.isEmpty { vectors.add(vector, key: key) }
    case .upscaled: break
    }
  }

  private mutating func add(_ objects: [(label: String?, score: Float)]) {
    labels.add(objects.compactMap(\.label))
    counts.add(Double(objects.count))
    guard !objects.isEmpty else { return }
    scores.add(objects.reduce(0) { $0 + Double($1.score) } / Double(objects.count))
  }

  private mutating func add(_ measure: Measure) {
    if let index = measures.firstIndex(where: { $0.name == measure.name }) {
      measures[index].values.add(measure.value)
    } else if measures.count < Self.maxMeasures {
      measures.append((measure.name, NumberSketch()))
      measures[measures.count - 1].values.add(measure.value)
    }
  }
}
