import ArgumentParser
import Outputs
import Platform

/// Output file and progress of the commands that list what they find in a collection.
struct ListingOptions: ParsableArguments {
  @Option(name: [.short, .long], help: .init("Write to a file.", valueName: "file"), completion: .file())
  var output: String?

  @Option(help: "Action if the output file exists; only overwrite replaces a file that is no earlier output.")
  var onExists: OnExists = .error

  @Option(help: "Progress on standard error (default: bar on a terminal).")
  var progress: RunOptions.ProgressForm?

  @Flag(name: [.short, .long], help: "Print errors only: no summary, no progress.")
  var quiet = false

  @OptionGroup var log: LogOptions
}

/// A format of a listing; its raw values are also endings of files.
protocol ListingFormat: RawRepresentable<String>, CaseIterable, Sendable {
  /// For people, on a terminal.
  static var table: Self { get }
  /// In a file whose ending names no format.
  static var filed: Self { get }
  /// On a pipe.
  static var piped: Self { get }
}

extension ListingOptions {
  /// Path of the output file; nil for standard output.
  private var file: RawPath? { RawArguments().outputFile(output) }

  /// Opens the output, and checks it against what the run reads. Nothing in it changes before `ByteOutput.begin`.
  func open(_ kind: OutputKind, inputs: InputFiles) throws(SetupError) -> ByteOutput {
    guard let file else { return ByteOutput() }
    var files = OutputFiles(inputs: inputs, overwrites: onExists == .overwrite)
    return ByteOutput(try files.open(file, flag: "-o", kind: kind))
  }

  /// The chosen format, else that of the file's ending, else the one for the kind of output.
  func format<F: ListingFormat>(_ chosen: F?, for bytes: ByteOutput) -> F {
    if let chosen { return chosen }
    guard let file else { return bytes.isTerminal ? F.table : F.piped }
    let name = file.description
    let ending = name.lastIndex(of: ".").map { name[name.index(after: $0)...].lowercased() } ?? ""
    return F.allCases.first { $0.rawValue == ending } ?? F.filed
  }

  /// `tableOnTerminal`: whether lines of a table appear on the terminal during the run; a bar would be drawn over them.
  func progressForm(tableOnTerminal: Bool) -> RunOptions.ProgressForm {
    if let progress { return progress }
    return quiet || tableOnTerminal ? .none : .standard
  }

  /// Prints a message during the run.
  func note(_ message: String) { Console.note(TerminalText.escaped(message)) }
}
