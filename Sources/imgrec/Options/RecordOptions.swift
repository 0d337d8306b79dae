import ArgumentParser
import Outputs
import Platform

/// The records that a command reads.
struct RecordOptions: ParsableArguments {
  @Argument(
    help: .init("Files of records, as scan and collect write them; - is standard input.", valueName: "records"),
    completion: .file(extensions: ["jsonl", "json"]))
  var records: [String] = []

  @Option(
    help: .init("Folder to which relative paths in the records refer (default: the current one).", valueName: "dir"),
    completion: .directory)
  var root: String?

  @OptionGroup var log: LogOptions
}

extension RecordOptions {
  /// The files to read. Without any, standard input is read, unless a person would have to type it.
  func files(_ command: String) throws(SetupError) -> RecordFiles {
    guard !records.isEmpty || !HostInfo.isTerminal(STDIN_FILENO) else {
      throw SetupError.usage("no records", "Name a file of records: imgrec scan photos -o records.jsonl; \(command)")
    }
    return RecordFiles(records.isEmpty ? [RawPath("-")] : RawArguments().paths(records))
  }

  /// Says that there are no records.
  static func empty(_ problem: String = "the records are empty") -> ExitStatus {
    Console.error("\(problem): scan wrote none, or a filter removed all")
    return .noImages
  }

  /// The images that the records name.
  func images() throws(SetupError) -> RecordImages {
    let path = root.map { RawArguments().path($0) } ?? RawPath(".")
    guard let folder = path.resolved else { throw SetupError("--root \(path): \(systemMessage())") }
    return RecordImages(root: folder)
  }
}
