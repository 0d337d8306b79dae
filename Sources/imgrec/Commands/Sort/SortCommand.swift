import ArgumentParser
import Outputs
import Platform

extension FilingForm: ExpressibleByArgument {}

/// `imgrec sort`: files images in folders by what records say of them.
struct SortCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sort", abstract: "File images in folders by label, person or date.",
    usage: "imgrec sort [<options>] [<records> ...] --into <dir> --by <field>",
    discussion: """
      Makes a link or a copy of each image in the folders that its record decides; the image itself stays where it is. \
      Nothing that exists is replaced: a second run adds what is new.

      FIELD is label, a task (classify, detect, segment, nsfw, rotation), person, camera, format, status, or taken with a \
      form of the date, such as taken:%Y/%m.

      Examples:
        imgrec scan photos -o records.jsonl
        imgrec sort records.jsonl --into sorted --by label
        imgrec scan --exif photos | imgrec sort --into by-month --by taken:%Y/%m

      Exit status: 0 done, 1 some images could not be filed, 2 could not start or continue, 3 no records, 64 usage.
      """)

  @OptionGroup(title: "Records") var input: RecordOptions

  @Option(help: .init("Folder that gets the folders.", valueName: "dir"), completion: .directory)
  var into: String

  @Option(help: .init("What decides about the folder.", valueName: "field"), transform: Self.field)
  var by: SortField

  @Option(
    help: .init("Ignore findings with a lower score.", valueName: "score"), transform: ArgumentParsing.fraction)
  var minConfidence: Double?

  @Option(
    help: .init("Labels per image, best first (default: 1 of a classification, all of objects).", valueName: "n"),
    transform: ArgumentParsing.count)
  var top: Int?

  @Option(help: "Kind of the new entries.") var link: FilingForm = .symbolic

  @Flag(name: .customLong("dry-run"), help: "Print what would be made, and make nothing.")
  var dryRun = false

  @Flag(name: [.short, .long], help: "Print errors only: no summary.")
  var quiet = false

  private static let field: @Sendable (String) throws -> SortField = { text in
    guard let field = SortField(text) else {
      let names = SortField.names.joined(separator: ", ")
      let forms = text.hasPrefix("taken") ? "\nThe letters of a date are %Y %m %d %H %M %S." : ""
      throw ValidationError("'\(text)' is not one of \(names).\(forms)")
    }
    return field
  }

  private var usesScores: Bool {
    switch by {
    case .labels, .people: true
    case .status, .format, .camera, .taken: false
    }
  }

  private func rules() -> [OptionRule] {
    [
      .idle(
        "--min-confidence", minConfidence != nil && !usesScores, in: "this run", because: "the field has no score"),
      .idle("--top", top != nil && !usesScores, in: "this run", because: "the field has one value"),
    ]
  }

  func run() throws {
    try ExitStatus.report {
      try rules().check()
      return try sort()
    }
  }

  private func sort() throws(SetupError) -> ExitStatus {
    let records = try input.files("imgrec sort records.jsonl --into DIR --by FIELD")
    let originals = try input.images()
    var run = SortRun(
      rule: SortRule(by, minConfidence: Float(minConfidence ?? 0), top: top),
      folder: RawArguments().path(into), images: FiledImages(link, isTrial: dryRun), originals: originals,
      prints: dryRun)
    try records.read { record, _ throws(SetupError) in try run.file(record) }
    return finish(run)
  }

  private func finish(_ run: SortRun) -> ExitStatus {
    if run.line.images == 0 {
      return RecordOptions.empty()
    }
    if !quiet {
      var line = run.line
      line.verb = dryRun ? "would be filed" : "filed"
      line.skippedBecause = by.missing
      let entries =
        switch link {
        case .symbolic, .hard: SummaryLine.counted(run.new, "link")
        case .copy: "\(SummaryLine.count(run.new)) \(run.new == 1 ? "copy" : "copies")"
        }
      line.details = ["\(entries) in \(SummaryLine.counted(run.folders.count, "folder"))"]
      if run.present > 0 { line.details.append("\(SummaryLine.count(run.present)) there already") }
      Console.summary(line)
      if run.line.ok == 0, run.line.skipped > 0, let origin = by.origin {
        Console.note("no record has what --by needs; scan with \(origin)")
      }
    }
    return run.line.failed > 0 ? .partialFailure : .done
  }
}
