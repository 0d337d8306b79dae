import Platform
import Recognition

/// The formats in which the findings of a scan are written.
public enum OutputFormat: String, CaseIterable, Sendable {
  case jsonl, json, csv, table, paths, text, hocr, coco, yolo, voc

  /// A table for a terminal, JSON Lines for everything else.
  public static func standard(for output: ByteOutput) -> OutputFormat { output.isTerminal ? .table : .jsonl }

  /// Whether it writes one file per image, into a folder.
  public var needsFolder: Bool {
    switch self {
    case .yolo, .voc: true
    case .jsonl, .json, .csv, .table, .paths, .text, .hocr, .coco: false
    }
  }

  /// Whether a later run can continue the same file.
  public var isResumable: Bool {
    switch self {
    case .jsonl: true
    case .json, .csv, .table, .paths, .text, .hocr, .coco, .yolo, .voc: false
    }
  }

  /// Whether cached findings are written as the JSON that the cache holds, and need not be parsed.
  public var usesStoredJSON: Bool {
    switch self {
    case .jsonl, .json: true
    case .csv, .table, .paths, .text, .hocr, .coco, .yolo, .voc: false
    }
  }

  /// Whether it holds annotations for training: the objects of images, and no records.
  public var holdsAnnotations: Bool {
    switch self {
    case .jsonl, .json, .csv, .table, .paths, .text, .hocr: false
    case .coco, .yolo, .voc: true
    }
  }

  /// Whether it holds only the text that was read.
  public var holdsText: Bool {
    switch self {
    case .text, .hocr: true
    case .jsonl, .json, .csv, .table, .paths, .coco, .yolo, .voc: false
    }
  }

  /// Whether it has room for the EXIF fields of a file.
  public var holdsExif: Bool {
    switch self {
    case .jsonl, .json, .csv: true
    case .table, .paths, .text, .hocr, .coco, .yolo, .voc: false
    }
  }

  /// The sink that writes the format. Throws if its folder cannot be made.
  public func makeSink(_ context: SinkContext) throws(SetupError) -> any Sink {
    switch self {
    case .jsonl: JSONLinesSink(context.output)
    case .json: JSONDocumentSink(context.output)
    case .csv: CSVSink(context.output, hasExif: context.hasExif)
    case .table:
      TableSink(context.output, style: .standard(for: context.output), tasks: context.labels.map(\.task))
    case .paths: PathsSink(context.output, nulTerminated: context.nulTerminated)
    case .text: TextSink(context.output)
    case .hocr: HOCRSink(context.output, version: context.version)
    case .coco: COCOSink(context.output, labels: context.labels)
    case .yolo: try YOLOSink(context)
    case .voc: try VOCSink(context)
    }
  }

  /// The file of an image below the folder, if the format writes one; `relative` is the image's path there.
  public func fileName(for relative: RawPath) -> RawPath? {
    switch self {
    case .yolo: AnnotationFolder.name(of: relative, extension: "txt")
    case .voc: AnnotationFolder.name(of: relative, extension: "xml")
    case .jsonl, .json, .csv, .table, .paths, .text, .hocr, .coco: nil
    }
  }

  /// A file of the folder that belongs to no image.
  public var sharedFileName: RawPath? {
    switch self {
    case .yolo: YOLOSink.classList
    case .voc, .jsonl, .json, .csv, .table, .paths, .text, .hocr, .coco: nil
    }
  }
}

/// The parameters of a sink.
public struct SinkContext {
  public var output: ByteOutput
  /// Folder of the formats that write one file per image.
  public var folder: String
  /// Names of the inputs in that folder.
  public var tree: InputTree
  /// Whether no two inputs have the same name there.
  public var namesAreDistinct: Bool
  /// What to do if a file of that folder exists.
  public var onExists: OnExists
  /// Labels of the run's models, in the order of the tasks, for formats that number classes.
  public var labels: [ModelLabels]
  /// Whether records have the EXIF fields of their files.
  public var hasExif: Bool
  /// Whether paths end with NUL instead of a newline.
  public var nulTerminated: Bool
  /// The program's version, for formats that name what has written them.
  public var version = ""

  public init(
    output: ByteOutput, folder: String = ".", tree: InputTree = InputTree(roots: []), namesAreDistinct: Bool = false,
    onExists: OnExists = .error, labels: [ModelLabels] = [], nulTerminated: Bool = false,
    hasExif: Bool = false
  ) {
    self.output = output
    self.folder = folder
    self.tree = tree
    self.namesAreDistinct = namesAreDistinct
    self.onExists = onExists
    self.labels = labels
    self.hasExif = hasExif
    self.nulTerminated = nulTerminated
  }
}
