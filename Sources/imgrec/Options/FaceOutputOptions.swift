import ArgumentParser

/// Output of the commands that list faces.
struct FaceOutputOptions: ParsableArguments {
  @Option(
    help: "Format of the faces (default: table on a terminal, else by the ending of -o, else tsv; jsonl with -o).")
  var format: FaceFormat?

  @Flag(help: "With --format paths: end each path with NUL (for xargs -0).")
  var print0 = false

  @OptionGroup var listing: ListingOptions

  func validate() throws {
    guard !print0 || format == .paths else { throw ValidationError("--print0 requires --format paths.") }
  }
}
