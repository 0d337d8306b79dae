import Recognition

/// Milliseconds of images, for one stage of a run or for one choice of engines.
struct TimingTable: Sendable, Equatable {
  struct Row: Sendable, Equatable {
    var name: String
    var images: Int
    /// Milliseconds.
    var median: Double
    var percentile95: Double
    /// Seconds.
    var sum: Double
  }

  var rows: [Row] = []

  /// Adds a row if there are any values.
  mutating func add(_ name: String, _ milliseconds: [Double]) {
    guard !milliseconds.isEmpty else { return }
    let sorted = milliseconds.sorted()
    // The smallest value that is at least as large as that share of all (nearest rank).
    func rank(_ share: Double) -> Double { sorted[max(0, Int((share * Double(sorted.count)).rounded(.up)) - 1)] }
    rows.append(
      Row(
        name: name, images: sorted.count, median: rank(0.5), percentile95: rank(0.95),
        sum: sorted.reduce(0, +) / 1000))
  }
}

extension ReportData {
  /// Times by stage, of the images that were computed, and those of inference by the engines that ran.
  func timings() -> (stages: TimingTable, engines: TimingTable) {
    let computed = images.filter { $0.timings != Timings() }
    var stages = TimingTable()
    let fields: [(String, (Timings) -> Double)] = [
      ("read", \.read), ("decode", \.decode), ("wait", \.wait), ("infer", \.infer),
    ]
    for (name, value) in fields { stages.add(name, computed.map { value($0.timings) }) }
    var engines = TimingTable()
    let byEngines = Dictionary(grouping: computed.filter { $0.models >= 0 && $0.timings.infer > 0 }) {
      engineText($0.models)
    }
    for (name, images) in byEngines.sorted(by: { $0.key < $1.key }) { engines.add(name, images.map(\.timings.infer)) }
    return (stages, engines)
  }

  /// "classify: openvino, faces: onnxruntime/int8".
  private func engineText(_ number: Int) -> String {
    let ran = models.values[number]
    return stride(from: 0, to: ran.count, by: 3).map { start in
      "\(ran[start]): \(ran[start + 2].isEmpty ? "unknown" : ran[start + 2])"
    }.joined(separator: ", ")
  }

  /// What ran: task, model, engine, and the number of images.
  func modelCounts() -> [(task: String, model: String, engine: String, images: Int)] {
    var counts: [[String]: Int] = [:]
    for image in images where image.models >= 0 {
      let ran = models.values[image.models]
      for start in stride(from: 0, to: ran.count, by: 3) { counts[Array(ran[start..<start + 3]), default: 0] += 1 }
    }
    return counts.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map {
      ($0.key[0], $0.key[1], $0.key[2], $0.value)
    }
  }
}
