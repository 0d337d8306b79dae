import Recognition

/// The forms in which records are given.
public enum OutputFormat: String, CaseIterable, Sendable {
  case jsonl, json, csv, table, paths

  /// What a person sees on a terminal, and a program everywhere else.
  public static func standard(for output: ByteOutput) -> OutputFormat { output.isTerminal ? .table : .jsonl }

  /// Whether an interrupted run can go on in the same file.
  public var canResume: Bool { self == .jsonl }

  /// `nulTerminated` is for `paths` only.
  public func sink(to output: ByteOutput, nulTerminated: Bool = false) -> any Sink {
    switch self {
    case .jsonl: JSONLinesSink(output)
    case .json: JSONDocumentSink(output)
    case .csv: CSVSink(output)
    case .table: TableSink(output, style: .standard(for: output))
    case .paths: PathsSink(output, nulTerminated: nulTerminated)
    }
  }
}
