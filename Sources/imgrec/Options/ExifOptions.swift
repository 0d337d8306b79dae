import ArgumentParser
import Outputs
import Platform

/// What the file states about its picture.
struct ExifOptions: ParsableArguments {
  @Flag(
    help: """
      Add to each record what the file states about its picture: time, camera, lens, position (GPS).
      """)
  var exif = false
}

extension ExifOptions {
  /// The rules of a run that writes `format`; nil: that of the output.
  func rules(_ format: OutputFormat?) -> [OptionRule] {
    [
      OptionRule(
        exif && format?.holdsExif == false,
        "--exif adds to records; --format \(format?.rawValue ?? "") has no room for it",
        "Use --format jsonl, json or csv, or leave --exif out.")
    ]
  }

  /// Reports that a table, the format of a terminal, does not show the fields.
  func noteUnwritten(_ format: OutputFormat) {
    guard exif, !format.holdsExif else { return }
    Console.note("a table has no columns for --exif; --format jsonl and --format csv have")
  }
}

/// The options of a submission that every worker of a queue uses.
struct QueueArguments: ParsableArguments {
  @OptionGroup var model: ModelOptions
  @OptionGroup var exif: ExifOptions

  init() {}

  init(_ model: ModelOptions, _ exif: ExifOptions) {
    self.model = model
    self.exif = exif
  }

  var arguments: [String] { model.queueArguments() + (exif.exif ? ["--exif"] : []) }
}
