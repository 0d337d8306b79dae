import Codecs
import Platform

/// What a run writes into one file.
public enum OutputKind: Sendable {
  /// Records of any format.
  case records
  /// Paths, as `--dry-run` lists them.
  case list
  /// A NumPy array.
  case vectors
  /// Groups of near duplicates, of any format.
  case groups
  /// Measured rates, in JSON.
  case measurements
  case summary
  /// A comparison of two runs.
  case drift
  case metrics
  /// What a watch has submitted.
  case journal

  /// Number of bytes from the beginning of a file by which it is recognised.
  static let headLength = 512

  /// Whether a file that begins with `head` is imgrec's own earlier output of this kind. Tables, lists of paths and
  /// arrays look like those of other programs.
  func isOwn(_ head: [UInt8]) -> Bool {
    switch self {
    case .records: Self.recordHeads.contains { head.starts(with: $0.utf8) } || head.elementsEqual("[]\n".utf8)
    case .list, .vectors: false
    case .groups: Self.groupHeads.contains { head.starts(with: $0.utf8) } || head.elementsEqual("[]\n".utf8)
    case .measurements: head.starts(with: Self.measurementHead.utf8)
    case .summary: head.starts(with: "{\"schema\":\"imgrec-summary/1\",".utf8)
    case .drift: head.starts(with: DriftReport.head.utf8)
    case .metrics: Self.metricsHeads.contains { head.starts(with: $0.utf8) }
    case .journal: head.starts(with: Self.journalHead.utf8)
    }
  }

  /// The beginnings of JSON Lines, JSON, CSV, and COCO with and without images.
  private static let recordHeads = [
    recordHead, "[\n" + recordHead, CSVSink.columns.prefix(16).joined(separator: ",") + ",",
    "{\"images\":[\n{\"id\":1,\"file_name\":",
    "{\"images\":[],\"annotations\":[\n",
  ]

  /// The beginnings of groups in JSON Lines, JSON and CSV.
  private static let groupHeads = [
    SimilarGroupWriter.head, "[\n" + SimilarGroupWriter.head,
    SimilarGroupWriter.columns.joined(separator: ",") + "\r\n",
  ]

  /// The beginnings of metrics, since 0.3 and before.
  private static let metricsHeads = ["# HELP \(MetricFamily.images.sampleName) ", "# HELP imgrec_inputs "]

  /// The beginning of the rates of `imgrec bench`.
  public static let measurementHead = "{\"schema\":\"imgrec-bench/1\","

  /// The beginning of every line of the journal of `imgrec submit --watch`.
  public static let journalHead = "{\"schema\":\"imgrec-submitted/1\","

  /// The beginning of every record.
  static let recordHead = "{\"schema\":\"imgrec/1\",\"path\":"

  /// What a file that begins with `head` seems to be, for messages.
  static func description(of head: [UInt8]) -> String {
    if OutputKind.records.isOwn(head) { return "records of imgrec" }
    if OutputKind.groups.isOwn(head) { return "groups of imgrec similar" }
    if OutputKind.measurements.isOwn(head) { return "rates of imgrec bench" }
    if OutputKind.summary.isOwn(head) { return "a summary of imgrec" }
    if OutputKind.drift.isOwn(head) { return "a comparison of imgrec drift" }
    if OutputKind.journal.isOwn(head) { return "a journal of imgrec submit" }
    if OutputKind.metrics.isOwn(head) { return "metrics of imgrec" }
    if let format = head.withUnsafeBytes({ FormatSniffer.format(of: $0) }) { return "an image (\(format.rawValue))" }
    let known: [(head: String, name: String)] = [
      ("NUMPY", "a NumPy array"), ("SQLite format 3", "an SQLite database"), ("PK\u{3}\u{4}", "a zip archive"),
      ("%PDF", "a PDF"),
    ]
    let start = head.first == 0x93 ? head.dropFirst() : head[...]
    if let found = known.first(where: { start.starts(with: $0.head.utf8) }) { return found.name }
    return head.contains { $0 < 0x20 && $0 != 0x09 && $0 != 0x0a && $0 != 0x0d } ? "data of another program" : "text"
  }
}
