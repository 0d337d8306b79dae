import Platform
import Recognition
import Records
import Statistics

/// Formats of a comparison of two runs.
public enum DriftFormat: String, Sendable, CaseIterable { case table, json }

/// Writes a comparison of two runs, as a table for people or as one JSON object.
public struct DriftReport {
  /// The beginning of every object.
  static let head = "{\"schema\":\"imgrec-drift/1\","

  private let baseline: DriftProfile
  private let now: DriftProfile
  private let comparison: DriftComparison
  /// Notes of the comparison, and of the command.
  private let notes: [String]

  public init(_ comparison: DriftComparison, baseline: DriftProfile, now: DriftProfile, notes: [String]) {
    self.comparison = comparison
    self.baseline = baseline
    self.now = now
    self.notes = notes
  }

  /// Writes the report and ends the output.
  public func write(to output: ByteOutput, as format: DriftFormat) throws(SinkError) {
    switch format {
    case .table: try writeTable(output)
    case .json: try output.write(json: json() + [UInt8(ascii: "\n")])
    }
    try output.finish()
  }

  // MARK: Table

  private func writeTable(_ output: ByteOutput) throws(SinkError) {
    let table = ColumnTable(
      output,
      columns: [
        ("measure", .fixed(max(7, comparison.measures.map(\.name.count).max() ?? 0))),
        ("baseline", .share(2, most: 28, keepsEnds: false)), ("now", .share(2, most: 28, keepsEnds: false)),
        ("difference", .share(3, most: 30, keepsEnds: false)), ("verdict", .fixed(7)),
      ])
    for measure in comparison.measures {
      let (before, after, difference) = measure.texts
      try table.write(
        [measure.name, before, after, difference, measure.verdict.text], isFault: measure.verdict == .drift)
    }
  }

  // MARK: JSON

  private func json() -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.key("schema")
    json.string("imgrec-drift/1")
    json.key("verdict")
    json.string(comparison.verdict.rawValue)
    json.key("baseline")
    run(baseline, to: &json)
    json.key("now")
    run(now, to: &json)
    json.key("limits")
    json.beginObject()
    let limits = comparison.limits
    for (key, value) in [
      ("psi", limits.psi), ("ks", limits.ks), ("rate", limits.rate), ("centroid", limits.centroid),
      ("significance", limits.significance),
    ] {
      json.member(key, value)
    }
    json.key("min_images")
    json.number(limits.minImages)
    json.endObject()
    json.key("notes")
    json.beginArray()
    for note in notes { json.string(note) }
    json.endArray()
    json.key("measures")
    json.beginArray()
    for measure in comparison.measures { measure.write(to: &json) }
    json.endArray()
    json.endObject()
    return json.out.bytes
  }

  private func run(_ profile: DriftProfile, to json: inout JSONWriter) {
    json.beginObject()
    var numbers = [
      ("images", profile.images), ("failed", profile.facts.failed), ("warned", profile.facts.warned),
      ("repeated", profile.repeated),
    ]
    if let new = profile.new { numbers.append(("new", new.images)) }
    for (key, value) in numbers {
      json.key(key)
      json.number(value)
    }
    json.key("models")
    json.beginObject()
    for (task, counts) in profile.models {
      json.key(task.rawValue)
      json.beginObject()
      for (name, count) in counts {
        json.key(name)
        json.number(count)
      }
      json.endObject()
    }
    json.endObject()
    json.endObject()
  }
}

extension DriftVerdict {
  /// In a table.
  var text: String {
    switch self {
    case .tooFew: "too few"
    case .stable, .small, .warning, .drift: rawValue
    }
  }
}

extension DriftMeasure {
  /// The values before and now, and their difference.
  fileprivate var texts: (baseline: String, now: String, difference: String) {
    switch values {
    case .labels(let shift):
      // The label that has moved most.
      let top = shift.moved.first
      return (
        top.map { "\(Self.percent($0.baseline)) \($0.label)" } ?? "same",
        top.map { "\(Self.percent($0.now)) \($0.label)" } ?? "same",
        "PSI \(fixed(shift.psi, 3)), V \(fixed(shift.test.cramersV, 3))"
      )
    case .numbers(let shift):
      // The median of a number of objects is most often 0.
      let isCount = name.hasSuffix(".count")
      func text(_ summary: NumberShift.Summary) -> String {
        isCount ? "mean \(Self.short(summary.mean))" : "median \(Self.short(summary.quantiles[1]))"
      }
      return (
        text(shift.baseline), text(shift.now),
        "KS \(fixed(shift.difference.ks, 3)), PSI \(fixed(shift.difference.psi, 3))"
      )
    case .rate(let shift):
      return (Self.percent(shift.baseline), Self.percent(shift.now), "h \(fixed(shift.difference.h, 3))")
    case .vectors(let difference):
      return (
        "\(SummaryLine.count(baseline)) vectors", "\(SummaryLine.count(now)) vectors",
        "shift \(fixed(difference.shift, 3))"
      )
    }
  }

  private static func percent(_ share: Double) -> String { "\(fixed(100 * share, share < 0.1 ? 2 : 1))%" }

  /// Three digits or more.
  private static func short(_ value: Double) -> String {
    fixed(value, abs(value) >= 100 ? 0 : abs(value) >= 10 ? 1 : abs(value) >= 1 ? 2 : 3)
  }

  fileprivate func write(to json: inout JSONWriter) {
    json.beginObject()
    json.key("name")
    json.string(name)
    json.key("verdict")
    json.string(verdict.rawValue)
    json.member("size", size)
    json.member("p", p)
    json.member("p_adjusted", adjusted)
    switch values {
    case .labels(let shift):
      json.member("psi", shift.psi)
      json.member("psi_by_chance", shift.chance)
      json.member("cramers_v", shift.test.cramersV)
      json.member("chi_square", shift.test.chiSquare)
      json.key("degrees")
      json.number(shift.test.degrees)
      side("baseline", baseline, [], to: &json)
      side("now", now, [], to: &json)
      json.key("moved")
      json.beginArray()
      for entry in shift.moved {
        json.beginObject()
        json.key("label")
        json.string(entry.label)
        json.member("baseline", entry.baseline)
        json.member("now", entry.now)
        json.endObject()
      }
      json.endArray()
    case .numbers(let shift):
      json.member("ks", shift.difference.ks)
      json.member("psi", shift.difference.psi)
      json.member("psi_by_chance", shift.chance)
      for (key, count, summary) in [("baseline", baseline, shift.baseline), ("now", now, shift.now)] {
        let values = [("mean", summary.mean), ("deviation", summary.deviation)]
        side(key, count, values + zip(["p10", "p50", "p90"], summary.quantiles), to: &json)
      }
    case .rate(let shift):
      json.member("h", shift.difference.h)
      side("baseline", baseline, [("rate", shift.baseline)], to: &json)
      side("now", now, [("rate", shift.now)], to: &json)
    case .vectors(let difference):
      json.member("shift", difference.shift)
      json.member("cosine_distance", difference.cosine)
      side("baseline", baseline, [], to: &json)
      side("now", now, [], to: &json)
    }
    json.endObject()
  }

  private func side(_ key: String, _ count: Int, _ values: [(String, Double)], to json: inout JSONWriter) {
    json.key(key)
    json.beginObject()
    json.key("n")
    json.number(count)
    for (key, value) in values { json.member(key, value) }
    json.endObject()
  }
}

extension JSONWriter {
  /// A key and a number of six digits.
  fileprivate mutating func member(_ name: String, _ value: Double) {
    key(name)
    guard value != 0, value.isFinite else { return number(0) }
    // Rounded to six digits; the shortest form of the result is JSON.
    let scale = pow(10, 5 - floor(log10(abs(value))))
    let rounded = scale.isFinite && scale > 0 ? (value * scale).rounded() / scale : value
    let isWhole = rounded == rounded.rounded() && abs(rounded) < 1e15
    verbatim(Array((isWhole ? "\(Int(rounded))" : "\(rounded)").utf8))
  }
}
