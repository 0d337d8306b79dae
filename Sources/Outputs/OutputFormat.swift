import Platform
import Recognition

/// The formats in which the findings of a scan are written.
public enum OutputFormat: String, CaseIterable, Sendable {
  case jsonl, json, csv, table, paths, coco, yolo, voc

  /// A table for a terminal, JSON Lines for everything else.
  public static func standard(for output: ByteOutput) -> OutputFormat { output.isTerminal ? .table : .jsonl }

  /// Whether it writes one file per image, into a folder.
  public var needsFolder: Bool {
    switch self {
    case .yolo, .voc: true
    case .jsonl, .json, .csv, .table, .paths, .coco: false
    }
  }

  /// Whether a later run can continue the same file.
  public var isResumable: Bool {
    switch self {
    case .jsonl: true
    case .json, .csv, .table, .paths, .coco, .yolo, .voc: false
    }
  }

  /// Whether cached findings are written as the JSON that the cache holds, and need not be parsed.
  public var usesStoredJSON: Bool {
    switch self {
    case .jsonl, .json: true
    case .csv, .table, .paths, .coco, .yolo, .voc: false
    }
  }

  /// Whether every input has a record in it; the others hold annotations for training.
  public var holdsRecords: Bool {
    switch self {
    case .jsonl, .json, .csv, .table, .paths: true
    case .coco, .yolo, .voc: false
    }
  }

  /// The sink that writes the format. Throws if its folder cannot be made.
  public func makeSink(_ context: SinkContext) throws(SetupError) -> any Sink {
    switch self {
    case .jsonl: JSONLinesSink(context.output)
    case .json: JSONDocumentSink(context.output)
    case .csv: CSVSink(context.output)
    case .table: TableSink(context.output, style: .standard(for: context.output))
    case .paths: PathsSink(context.output, nulTerminated: context.nulTerminated)
    case .coco: COCOSink(context.output, names: context.labels)
    case .yolo: try YOLOSink(folder: context.folder, names: context.labels)
    case .voc: try VOCSink(folder: context.folder)
    }
  }
}

/// The parameters of a sink.
public struct SinkContext {
  public var output: ByteOutput
  /// Folder of the formats that write one file per image.
  public var folder: String
  /// Labels of the run's models, for formats that number classes.
  public var labels: [String]
  /// Whether paths end with NUL instead of a newline.
  public var nulTerminated: Bool

  public init(output: ByteOutput, folder: String = ".", labels: [String] = [], nulTerminated: Bool = false) {
    self.output = output
    self.folder = folder
    self.labels = labels
    self.nulTerminated = nulTerminated
  }
}
