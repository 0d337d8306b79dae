import Recognition
import Records

/// The two forms of Prometheus' metrics as text.
public enum MetricsFormat: String, Sendable, CaseIterable {
  /// Version 0.0.4, for the textfile collector and clients that ask for nothing else.
  case text
  case openMetrics

  /// The value of the header Content-Type.
  public var contentType: String {
    switch self {
    case .text: "text/plain; version=0.0.4; charset=utf-8"
    case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
    }
  }
}

/// Writes families of metrics. A family without samples is left out.
struct MetricsWriter {
  typealias Labels = [(name: String, value: String)]

  let format: MetricsFormat
  private var out = ByteWriter()

  init(_ format: MetricsFormat) { self.format = format }

  /// Writes a number without labels.
  mutating func write(_ family: MetricFamily, _ value: Int) { write(family, [([], Double(value))]) }
  mutating func write(_ family: MetricFamily, _ value: Double) { write(family, [([], value)]) }

  /// Writes samples of a counter, a gauge or an info. Values that are not finite are left out.
  mutating func write(_ family: MetricFamily, _ samples: [(labels: Labels, value: Double)]) {
    let samples = samples.filter { $0.value.isFinite }
    guard !samples.isEmpty else { return }
    writeHead(family)
    for sample in samples { write(family.sampleName, sample.labels, sample.value) }
  }

  /// Writes histograms.
  mutating func write(_ family: MetricFamily, _ histograms: [(labels: Labels, histogram: Histogram)]) {
    guard !histograms.isEmpty else { return }
    writeHead(family)
    for (labels, histogram) in histograms {
      let bounds = histogram.bounds.map(Self.bound) + ["+Inf"]
      for (bound, count) in zip(bounds, histogram.cumulativeCounts) {
        write(family.rawValue + "_bucket", labels + [("le", bound)], Double(count))
      }
      write(family.rawValue + "_sum", labels, histogram.sum)
      write(family.rawValue + "_count", labels, Double(histogram.count))
    }
  }

  /// The text so far, with the end that OpenMetrics demands.
  func finished() -> [UInt8] {
    switch format {
    case .text: out.bytes
    case .openMetrics: out.bytes + "# EOF\n".utf8
    }
  }

  private mutating func writeHead(_ family: MetricFamily) {
    let (name, kind) =
      switch format {
      case .openMetrics: (family.rawValue, family.kind.rawValue)
      // Version 0.0.4 has no type for what does not change.
      case .text: (family.sampleName, family.kind == .info ? "gauge" : family.kind.rawValue)
      }
    out.append("# HELP \(name) \(family.help)\n# TYPE \(name) \(kind)\n")
    if format == .openMetrics, let unit = family.unit { out.append("# UNIT \(name) \(unit)\n") }
  }

  private mutating func write(_ name: String, _ labels: Labels, _ value: Double) {
    out.append(name)
    if !labels.isEmpty {
      out.append("{\(labels.map { "\($0.name)=\"\(Self.escaped($0.value))\"" }.joined(separator: ","))}")
    }
    out.append(UInt8(ascii: " "))
    if value == value.rounded(), value.magnitude < 0x1p53 {
      out.append(Int(value))
    } else {
      out.append(value, decimals: value.magnitude < 1e9 ? 9 : 0)
    }
    out.append(UInt8(ascii: "\n"))
  }

  /// A bound in the canonical form of OpenMetrics, so that both formats name the same series.
  private static func bound(_ value: Double) -> String { "\(value)" }

  /// A label name with letters, digits and underscores only, and a letter in front.
  static func name(_ text: String) -> String {
    let name = String(text.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    return name.first?.isNumber == false ? name : "_" + name
  }

  /// A label value with backslashes, quotation marks and line feeds escaped. Works on scalars: a carriage return and a
  /// line feed are one character.
  static func escaped(_ value: String) -> String {
    var text = String.UnicodeScalarView()
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\\": text.append(contentsOf: "\\\\".unicodeScalars)
      case "\"": text.append(contentsOf: "\\\"".unicodeScalars)
      case "\n": text.append(contentsOf: "\\n".unicodeScalars)
      default: text.append(scalar)
      }
    }
    return String(text)
  }
}
