import ArgumentParser
import Outputs
import Recognition

extension PageSelection: ExpressibleByArgument {}

/// Selection of the pages of a file.
struct PageOptions: ParsableArguments {
  @Option(help: "Pages to read of a file with several (TIFF, DICOM): the first, or all with a record each.")
  var pages: PageSelection = .first
}

extension PageOptions {
  /// Throws if `format`, which names annotations by the file, is asked for the pages of files.
  func check(_ format: OutputFormat?) throws {
    guard pages == .all, let format, !format.holdsRecords else { return }
    throw ValidationError(
      "--format \(format.rawValue) names annotations by the file: it cannot be used with --pages all; use jsonl or csv, "
        + "or split the files first.")
  }
}
