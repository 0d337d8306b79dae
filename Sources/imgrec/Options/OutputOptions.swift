import ArgumentParser
import Outputs
import Platform
import Recognition

/// Where the records go, and in what form.
struct OutputOptions: ParsableArguments {
  @Option(name: [.short, .long], help: .init("Write the records to a file.", valueName: "file"), completion: .file())
  var output: String?

  @Option(help: "Form of the records (default: table on a terminal, else jsonl).")
  var format: Format?

  @Option(
    help: .init(
      "With the task embed: write the vectors as a NumPy array, a row an image; records tell the row.",
      valueName: "file.npy"),
    completion: .file(extensions: ["npy"]))
  var npy: String?

  @Option(help: "Records in the order of the inputs, or as they are done.")
  var order: Order = .input

  enum Format: String, ExpressibleByArgument, CaseIterable { case jsonl, json, csv, table, paths, coco, yolo, voc }
  enum Order: String, ExpressibleByArgument, CaseIterable { case input, done }

  func validate() throws {
    guard format != .yolo && format != .voc || output.map({ $0 != "-" }) == true else {
      throw ValidationError("--format yolo and voc write a file an image: name the folder with -o.")
    }
  }
}

extension OutputOptions {
  func open(resuming: Bool = false) throws(SetupError) -> ByteOutput {
    if let output, output != "-", format != .yolo, format != .voc {
      return try ByteOutput(path: RawPath(output), mode: resuming ? .append : .truncate)
    }
    return ByteOutput(descriptor: STDOUT_FILENO)
  }

  /// Whether the output is one of records, and not of annotations for training.
  var isRecords: Bool { format != .coco && format != .yolo && format != .voc }

  func form(for bytes: ByteOutput) -> OutputFormat {
    format.flatMap { OutputFormat(rawValue: $0.rawValue) } ?? .standard(for: bytes)
  }

  /// `names` are the classes of the models, for the forms that number them.
  func sink(to bytes: ByteOutput, names: [String]) throws(SetupError) -> any Sink {
    switch format {
    case .coco: return COCOSink(bytes, names: names)
    case .yolo: return try AnnotationFolderSink(folder: output ?? ".", form: .yolo, names: names)
    case .voc: return try AnnotationFolderSink(folder: output ?? ".", form: .voc, names: names)
    case .jsonl, .json, .csv, .table, .paths, nil: break
    }
    return form(for: bytes).sink(to: bytes)
  }
}
