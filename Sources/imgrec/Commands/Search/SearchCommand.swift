import ArgumentParser
import Logging
import Outputs
import Platform
import Recognition
import Records

extension SearchFormat: ExpressibleByArgument, ListingFormat {
  static let filed = SearchFormat.jsonl
  static let piped = SearchFormat.jsonl
}

/// `imgrec search`: finds the images of records that look most like others, by their vectors.
struct SearchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "search", abstract: "Find the images that look most like a photo.",
    usage: "imgrec search [<options>] [<records> ...] --like <photo> | --id <path>",
    discussion: """
      Compares the vector of each record (scan --task embed) with that of a photo, and prints the nearest records, the \
      nearest first, each with "search": its rank, and as score the cosine of the two vectors. Every record is compared: \
      the answer is exact.

      Examples:
        imgrec scan --task embed photos -o vectors.jsonl
        imgrec search vectors.jsonl --like cat.jpg
        imgrec search vectors.jsonl --id photos/bus.jpg --top 5 --format paths

      Exit status: 0 done, 2 could not start or continue, 3 no records, 64 usage.
      """)

  @OptionGroup(title: "Records") var input: RecordOptions

  @Option(
    help: .init(
      "NumPy file of the vectors, if it is not where the records say (scan --npy).", valueName: "file.npy"),
    completion: .file(extensions: ["npy"]))
  var npy: String?

  @OptionGroup(title: "Query") var query: SearchQueryOptions

  @OptionGroup(title: "Cache") var cache: CacheOptions

  @Option(
    name: [.customShort("n", allowingJoined: true), .long], help: .init("Number of records to print.", valueName: "n"),
    transform: ArgumentParsing.count)
  var top = 20

  @Option(
    help: .init("Omit records with a lower cosine, -1 to 1.", valueName: "score"),
    transform: ArgumentParsing.number(-1...1))
  var minScore: Double?

  @Option(
    name: [.customShort("o", allowingJoined: true), .long],
    help: .init("Write the records to a file.", valueName: "file"), completion: .file())
  var output: String?

  @Option(help: "Format of what is found (default: table on a terminal, else by the ending of -o, else jsonl).")
  var format: SearchFormat?

  @Flag(help: "With --format paths: end each path with NUL (for xargs -0).")
  var print0 = false

  @Option(help: "Action if the output file exists.")
  var onExists: OnExists = .error

  @Flag(name: [.short, .long], help: "Print errors only: no summary.")
  var quiet = false

  func run() throws {
    // A closed pipe is an error of the output.
    signal(SIGPIPE, SIG_IGN)
    LoggingSystem.bootstrap { _ in ConsoleLogHandler(logLevel: .notice) }
    try ExitStatus.report {
      try cache.check()
      try (query.rules + [.needs("--print0", print0, "--format paths", format == .paths)]).check()
      return try search()
    }
  }

  private func search() throws(SetupError) -> ExitStatus {
    let start = monotonicSeconds()
    let files = try input.files("imgrec search records.jsonl --like PHOTO")
    let listing = try listingOptions()
    let bytes = try listing.open(.records, inputs: inputFiles(files))
    let source = VectorSource(
      images: try input.images(), chosen: npy.map { RawArguments().path($0) },
      cache: { [query, cache] in QueryNetwork.cachedVectors(cache, query) })
    var run = SearchRun(files: files, source: source, query: query, top: top, minScore: minScore ?? -1)
    let found = try run.find()
    guard run.tally.records > 0 else {
      return RecordOptions.empty()
    }
    do throws(SinkError) {
      try SearchWriter(bytes, format: listing.format(format, for: bytes), nulTerminated: print0).write(found)
    } catch {
      if case .failed(let message) = error { throw SetupError(message) }
      return .done
    }
    if !quiet { summarise(found, run.tally, seconds: monotonicSeconds() - start) }
    return .done
  }

  private func summarise(_ found: [FoundRecord], _ tally: SearchTally, seconds: Double) {
    var line = SummaryLine()
    line.images = tally.records
    line.verb = "compared"
    line.ok = tally.compared
    let reasons = [
      (tally.excluded, "searched for"), (tally.bare, "without a vector"), (tally.foreign, "of another network"),
      (tally.aimless, "without a direction"),
    ].filter { $0.0 > 0 }
    line.skipped = reasons.reduce(0) { $0 + $1.0 }
    line.skippedBecause =
      reasons.count == 1
      ? reasons[0].1 : reasons.map { "\(SummaryLine.count($0.0)) \($0.1)" }.joined(separator: ", ")
    let scores =
      found.isEmpty ? "" : ", cosine \(Self.short(found[0].score)) to \(Self.short(found[found.count - 1].score))"
    line.details = ["\(SummaryLine.count(found.count)) found" + scores]
    line.seconds = seconds
    Console.summary(line)
  }

  private static func short(_ score: Double) -> String { "\((score * 10_000).rounded() / 10_000)" }

  private func listingOptions() throws(SetupError) -> ListingOptions {
    var listing: ListingOptions
    do { listing = try ListingOptions.parse([]) } catch { throw SetupError("\(error)") }
    listing.output = output
    listing.onExists = onExists
    return listing
  }

  private func inputFiles(_ records: RecordFiles) -> InputFiles {
    var files = InputFiles()
    for path in records.paths {
      if path == RawPath("-") {
        files.add(descriptor: STDIN_FILENO, role: "which is read on standard input")
      } else {
        files.add(path, role: "the records of this run")
      }
    }
    if let npy { files.add(RawArguments().path(npy), role: "the vectors of this run") }
    for path in query.photos { files.add(path, role: "an input of this run", folderRole: "an input of this run") }
    return files
  }
}
