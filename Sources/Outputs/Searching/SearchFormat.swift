import Platform
import Recognition
import Records

/// The formats of what a search found.
public enum SearchFormat: String, CaseIterable, Sendable { case jsonl, json, table, paths }

/// Writes the records that a search found.
public struct SearchWriter {
  private let output: ByteOutput
  private let format: SearchFormat
  private let terminator: UInt8

  public init(_ output: ByteOutput, format: SearchFormat, nulTerminated: Bool = false) {
    self.output = output
    self.format = format
    terminator = nulTerminated ? 0 : UInt8(ascii: "\n")
  }

  /// Writes all of them, the nearest first, and ends the output.
  public func write(_ found: [FoundRecord]) throws(SinkError) {
    switch format {
    case .jsonl: for record in found { try output.write(json: record.ranked + [UInt8(ascii: "\n")]) }
    case .json:
      for record in found {
        try output.write(text: Array((record.rank == 1 ? "[\n" : ",\n").utf8))
        try output.write(json: record.ranked)
      }
      try output.write(text: Array((found.isEmpty ? "[]\n" : "\n]\n").utf8))
    case .table: try writeTable(found)
    case .paths:
      var written: Set<RawPath> = []
      for record in found {
        // The pages of a file have one path.
        guard let path = record.stored?.path, written.insert(path).inserted else { continue }
        try output.write(path, terminator: terminator)
      }
    }
    try output.finish()
  }

  private func writeTable(_ found: [FoundRecord]) throws(SinkError) {
    let rows = found.compactMap { record -> [String]? in
      guard let stored = record.stored else { return nil }
      let page = stored.page.map { " [\($0)\(stored.pages.map { "/\($0)" } ?? "")]" } ?? ""
      let answers = stored.answers.filter { $0.task != .embed }
        .map { TableSink.summary(of: Answer(task: $0.task, model: "", findings: $0.findings)) }
      return [fixed(record.score, 4), stored.path.description + page]
        + (answers.isEmpty ? [] : [answers.joined(separator: "; ")])
    }
    let hasAnswers = rows.contains { $0.count > 2 }
    let table = ColumnTable(
      output,
      columns: [("SCORE", .fixed(6)), ("IMAGE", .share(1, most: hasAnswers ? 60 : 1000, keepsEnds: true))]
        + (hasAnswers ? [("ANSWER", .share(1, most: 1000, keepsEnds: false))] : []))
    for row in rows { try table.write(row) }
  }
}

extension FoundRecord {
  /// nil if the JSON is no record.
  fileprivate var stored: StoredRecord? {
    json.withUnsafeBufferPointer { try? StoredRecord($0) }
  }

  /// The record with `"search":{"rank":…,"score":…}` at its end, in place of that of an earlier search.
  var ranked: [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    json.withUnsafeBufferPointer { json in
      var reader = JSONReader(json)
      for (key, value) in reader.members() where key != Self.key {
        writer.key(key)
        writer.verbatim(Array(value))
      }
    }
    writer.key(Self.key)
    writer.beginObject()
    writer.key("rank")
    writer.number(rank)
    writer.key("score")
    writer.number(score, decimals: Decimals.score)
    writer.endObject()
    writer.endObject()
    return writer.out.bytes
  }

  private static let key = "search"
}
