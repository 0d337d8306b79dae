import ArgumentParser
import Codecs
import Outputs
import Platform
import Report

/// `imgrec report`: one page to look at records with.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Make a page to look at records with their pictures.",
    usage: "imgrec report [<options>] [<records> ...] -o <file.html>",
    discussion: """
      Writes one HTML file that needs no network: thumbnails with what was found, filters with counts, scores, failures, \
      similar images and times. Records of one image in several files are joined.

      Examples:
        imgrec scan --task classify,faces photos -o records.jsonl
        imgrec report records.jsonl -o report.html
        imgrec report today.jsonl --baseline baseline.jsonl -o changes.html

      Exit status: 0 done, 1 some pictures could not be read, 2 could not start or continue, 3 no records, 64 usage.
      """)

  @OptionGroup(title: "Records") var input: RecordOptions

  @Option(
    name: [.customShort("o", allowingJoined: true), .long],
    help: .init("Page to write; - is standard output.", valueName: "file.html"), completion: .file(extensions: ["html"])
  )
  var output: String

  @Option(help: "Action if the page exists.") var onExists: OnExists = .error

  @Option(
    help: .init("Records of an earlier run, to compare with.", valueName: "records"),
    completion: .file(extensions: ["jsonl", "json"]))
  var baseline: String?

  @Option(
    help: .init("Groups of similar images, as imgrec similar writes them in JSON.", valueName: "groups"),
    completion: .file(extensions: ["jsonl", "json"]))
  var similar: String?

  @Option(
    help: .init("Long side of the thumbnails in pixels (default: 160).", valueName: "n"),
    transform: ArgumentParsing.int(16...512))
  var thumbnails: Int?

  @Flag(name: .customLong("no-thumbnails"), help: "Leave thumbnails out; the page shows the files.")
  var noThumbnails = false

  @Option(
    help: .init("Maximum size of the page; thumbnails shrink to fit (default: 64M).", valueName: "size"),
    transform: ArgumentParsing.bytes(bareFrom: 1 << 20))
  var maxSize: Int = 64 << 20

  @Flag(name: [.short, .long], help: "Print errors only: no summary.")
  var quiet = false

  private func rules() -> [OptionRule] {
    [.excludes("--thumbnails", thumbnails != nil, "--no-thumbnails", noThumbnails)]
  }

  func run() throws {
    try ExitStatus.report {
      try rules().check()
      return try report()
    }
  }

  private func report() throws(SetupError) -> ExitStatus {
    let records = try input.files("imgrec report records.jsonl -o report.html")
    let originals = try input.images()
    let target = try ReportTarget(RawArguments().path(output), onExists: onExists)
    let arguments = RawArguments()
    try target.refuse(
      input.records.map { arguments.path($0) } + [baseline, similar].compactMap { $0.map { arguments.path($0) } })
    var data = ReportData(baseline: try readBaseline())
    try records.read { record, _ throws(SetupError) in
      data.add(record)
      try target.refuse(image: originals.path(of: record))
    }
    if let similar { try readSimilar(arguments.path(similar), into: &data) }
    guard data.count > 0 else {
      return RecordOptions.empty()
    }
    let page = ReportPage(
      data, links: PageLinks(page: target.path, root: originals.root), version: Imgrec.version)
    var run = ReportRun(
      data: data, page: page, originals: originals, side: noThumbnails ? 0 : thumbnails ?? 160, maxSize: maxSize,
      quiet: quiet)
    try run.makeThumbnails()
    let (name, size) = try target.write { write throws(FileError) in
      try page.write(thumbnails: run.thumbnails, side: run.usedSide, write)
    }
    return run.finish(name, size: size)
  }

  private func readBaseline() throws(SetupError) -> Baseline? {
    guard let baseline else { return nil }
    var run = Baseline()
    try RecordFiles([RawArguments().path(baseline)]).read { record, _ throws(SetupError) in run.add(record) }
    guard run.count > 0 else {
      throw SetupError(
        "--baseline \(baseline) has no records\nLeave --baseline out, or name the records of an earlier run.")
    }
    return run
  }

  private func readSimilar(_ path: RawPath, into data: inout ReportData) throws(SetupError) {
    try RecordFiles.readObjects(
      of: path, advice: "Groups are written by imgrec similar photos -o groups.jsonl"
    ) { json, _ throws(SetupError) in
      guard let list = SimilarList(json) else { return "this is no group of imgrec similar" }
      data.add(similar: list.paths)
      return nil
    }
  }
}
