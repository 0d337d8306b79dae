import ArgumentParser
import Outputs
import Platform
import Recognition

extension OutputFormat: ExpressibleByArgument {}

/// Output of the records.
struct OutputOptions: ParsableArguments {
  @Option(
    name: [.customShort("o", allowingJoined: true), .long],
    help: .init("Write the records to a file.", valueName: "file"), completion: .file())
  var output: String?

  @Option(
    name: .customLong("format"),
    help: """
      Format of the records (default: by the ending of -o, .jsonl, .ndjson, .json, .csv or .hocr, with --task text also \
      .txt; else table on a terminal and jsonl elsewhere).
      """)
  var formatOption: OutputFormat?

  @Flag(help: "With --format paths: end each path with NUL (for xargs -0).")
  var print0 = false

  @Option(
    help: .init(
      "With the task embed: write the vectors as a NumPy array, one row per image; records hold the row.",
      valueName: "file.npy"),
    completion: .file(extensions: ["npy"]))
  var npy: String?

  @Option(help: "Action if an output file exists.")
  var onExists: OnExists = .error

  @Option(help: "Order of the records: that of the inputs, or as they are done.")
  var order: Order = .input

  enum Order: String, ExpressibleByArgument, CaseIterable { case input, done }
}

extension OutputOptions {
  /// What `--format` or else the ending of `-o` says; nil if neither says anything.
  var format: OutputFormat? {
    if let formatOption { return formatOption }
    guard case .format(let format)? = ending else { return nil }
    return format
  }

  /// What the ending of `-o` says; nil if nothing.
  var ending: OutputEnding? { output.flatMap { $0 == "-" ? nil : OutputEnding(RawArguments().path($0)) } }

  /// Reports that `--format` differs from what the name of the file says.
  func noteOverriddenEnding() {
    guard let formatOption, !formatOption.needsFolder, let output, let ending else { return }
    // COCO's annotations are JSON.
    guard ending != .format(formatOption), !(formatOption == .coco && ending == .format(.json)) else { return }
    Console.note(TerminalText.escaped("\(output) gets the format \(formatOption.rawValue), as --format says"))
  }

  /// Path of the records' file; nil if they go to standard output or, one file per image, into a folder.
  var file: RawPath? {
    guard let output, output != "-", format?.needsFolder != true else { return nil }
    let path = RawArguments().path(output)
    return path.standardStream == STDOUT_FILENO ? nil : path
  }

  func format(for output: ByteOutput) -> OutputFormat { format ?? .standard(for: output) }

  /// `labels` are the classes of the models, for formats that number them.
  /// `tree` names the files of formats that write one per image; `namesAreDistinct` if no two inputs share a name.
  func sink(
    to bytes: ByteOutput, labels: [ModelLabels], tree: InputTree, namesAreDistinct: Bool, exif: Bool
  ) throws(SetupError) -> any Sink {
    let format = format(for: bytes)
    var context = SinkContext(
      output: bytes, folder: output ?? ".", tree: tree, namesAreDistinct: namesAreDistinct, onExists: onExists,
      labels: labels, nulTerminated: print0, hasExif: exif)
    context.version = Imgrec.version
    let sink = try format.makeSink(context)
    return format.holdsAnnotations || format.holdsText ? FailureReporter(next: sink) : sink
  }
}
