import Recognition
import Records

/// What `imgrec bench --cascade` found.
struct CascadeBenchResult {
  /// References of the models, and their names as the command line has them.
  var light: String
  var heavy: String
  var names: [String]
  /// Number of images that count.
  var images: Int
  /// Whether the folders' names say what is right; otherwise the heavy model's answer is.
  var isLabelled: Bool
  var curve: CascadeCurve
  /// nil if no threshold loses little enough.
  var best: CascadeCurve.Point?
  var maxLoss: Double
  /// Processor seconds per image, decoding included.
  var lightSeconds: Double
  var heavySeconds: Double
  var cascadeSeconds: Double?

  /// Cost of the cascade with the best threshold as a part of that of the heavy model alone.
  var costRatio: Double? { cascadeSeconds.map { $0 / heavySeconds } }

  func text(_ format: BenchFormat) -> String {
    switch format {
    case .table: table
    case .json: json
    }
  }

  private static let thresholds = Array(stride(from: 0.1, through: 0.91, by: 0.1)) + [0.95, 0.99]

  private var table: String {
    func fixed(_ value: Double, _ decimals: Int, width: Int = 0) -> String {
      var json = JSONWriter()
      json.number(value, decimals: decimals)
      let text = json.out.text
      return String(repeating: " ", count: max(0, width - text.count)) + text
    }
    func row(_ what: String, _ forwarded: String, _ right: Double, _ seconds: Double?) -> String {
      what + String(repeating: " ", count: max(1, 32 - what.count)) + forwarded + fixed(right, 3, width: 10)
        + (seconds.map { fixed($0 * 1000, 1, width: 16) } ?? "")
    }
    let blank = String(repeating: " ", count: 10)
    let measure = isLabelled ? "     right" : "    agrees"
    var lines = [String(repeating: " ", count: 31) + "  forwarded\(measure)  CPU ms/image"]
    lines.append(row(names[0], blank, curve.light, lightSeconds))
    lines.append(row(names[1], blank, curve.heavy, heavySeconds))
    for threshold in Self.thresholds {
      let point = curve.point(at: threshold)
      lines.append(row("threshold \(fixed(threshold, 2))", fixed(point.forwarded, 3, width: 10), point.right, nil))
    }
    guard let best, let costRatio else {
      lines.append("no threshold loses at most \(fixed(maxLoss, 4)): use \(names[1]) alone")
      return lines.joined(separator: "\n") + "\n"
    }
    lines.append(
      row(
        "threshold \(fixed(best.threshold, 2)) (best)", fixed(best.forwarded, 3, width: 10), best.right,
        cascadeSeconds))
    lines.append(
      costRatio < 1
        ? "\(fixed(costRatio, 2)) of the time of \(names[1]): --cascade \(names.joined(separator: ",")) "
          + "--cascade-threshold \(fixed(best.threshold, 2))"
        : "the cascade takes \(fixed(costRatio, 2)) of the time of \(names[1]): use \(names[1]) alone")
    return lines.joined(separator: "\n") + "\n"
  }

  private var json: String {
    var json = JSONWriter()
    func real(_ name: String, _ value: Double, _ decimals: Int) {
      json.key(name)
      json.number(value, decimals: decimals)
    }
    func point(_ point: CascadeCurve.Point) {
      real("threshold", point.threshold, 2)
      real("forwarded", point.forwarded, 4)
      real("right", point.right, 4)
    }
    json.beginObject()
    for (name, text) in [
      ("schema", "imgrec-bench-cascade/1"), ("light", light), ("heavy", heavy),
      ("right_by", isLabelled ? "folder" : "heavy"),
    ] {
      json.key(name)
      json.string(text)
    }
    json.key("images")
    json.number(images)
    real("light_right", curve.light, 4)
    real("heavy_right", curve.heavy, 4)
    real("light_cpu_seconds", lightSeconds, 6)
    real("heavy_cpu_seconds", heavySeconds, 6)
    if let best, let cascadeSeconds {
      point(best)
      real("cpu_seconds", cascadeSeconds, 6)
    }
    json.key("rows")
    json.beginArray()
    for hundredth in stride(from: 0, through: 100, by: 5) {
      json.beginObject()
      point(curve.point(at: Double(hundredth) / 100))
      json.endObject()
    }
    json.endArray()
    json.endObject()
    return json.out.text + "\n"
  }
}
