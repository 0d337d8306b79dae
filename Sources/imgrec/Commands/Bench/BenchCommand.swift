import ArgumentParser
import Outputs
import Platform
import Recognition

extension BenchFormat: ExpressibleByArgument {}

/// `imgrec bench`: measures settings on the user's own images, and saves the best.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measure which workers, instances, threads and batch are fastest here.",
    discussion: """
      Measures decoding alone, the network alone and both together, each on the same of up to 512 images, and prints \
      images per second. `limit` is the rate of a pipeline without a cost of its own: decoding and the network alone, \
      one after the other, with all cores busy, or both at once if that is faster. The engines that are installed, and \
      bf16 if the processor has it and the model's card states that it costs no answers, are measured first, unless \
      --engine and --precision name one; the rest is measured on the fastest. With --save, scan uses that engine and \
      the fastest setting for this model on this processor.

      With --cascade, both models answer up to 5000 images, and the lowest threshold is found with which the cascade \
      loses at most --max-loss of what the heavy model alone gets right: by the labels that the images' folders are \
      named after, or else by the heavy model's own answers.

      Examples:
        imgrec bench photos --model mobilenet_v2 --save
        imgrec bench photos -o rates.json
        imgrec bench photos --cascade efficientnet_lite0,efficientnet_lite2
      """)

  @OptionGroup(title: "Inputs") var input: InputOptions
  @OptionGroup(title: "Model") var model: ModelOptions

  @Option(
    help: .init("Least duration of each measurement (default: 2s).", valueName: "time"),
    transform: ArgumentParsing.seconds)
  var seconds: Double = 2

  @Option(
    help: .init("Find the threshold for a cascade of these models.", valueName: "light,heavy"), completion: .modelPair)
  var cascade: String?

  @Option(
    help: .init(
      "With --cascade: share of right answers that may be lost against the heavy model (default: 0.003).",
      valueName: "share"), transform: ArgumentParsing.fraction)
  var maxLoss: Double?

  @Flag(help: "Save the fastest setting for scan.")
  var save = false

  @Option(help: "Format of the rates (default: json with -o, else table).")
  var format: BenchFormat?

  @Flag(help: "Print one JSON object; the same as --format json.")
  var json = false

  @OptionGroup(title: "Output") var listing: ListingOptions

  func run() throws {
    try ExitStatus.report {
      let assembly = Assembly(store: try .standard(), pulls: model.pull)
      try checkUsage(assembly)
      if save { try Tuning.checkWritable() }
      let output = try listing.open(.measurements, inputs: input.files())
      let models = try cascade == nil ? assembly.models(model) : cascadeModels(assembly)
      let feed = try input.feed(maxFileSize: 256 << 20)
      let items = sample(of: feed)
      guard !items.isEmpty else {
        if !listing.quiet { Console.error(TerminalText.escaped(feed.noImagesMessage)) }
        return .noImages
      }
      if cascade != nil { return try measureCascade(models, items, by: assembly, into: output) }
      if !listing.quiet {
        Console.note(
          "\(models[0].reference), \(SummaryLine.counted(items.count, "image")), \(HostInfo.cores) cores")
      }
      let progress = BenchProgress(listing.progressForm(tableOnTerminal: false), seconds: seconds)
      var bench = Benchmark(
        assembly: assembly, model: models[0], options: model, items: items, seconds: seconds, report: progress.begin)
      let result = try bench.run()
      progress.end()
      do throws(SinkError) {
        let format = listing.format(json ? .json : format, for: output)
        try output.write(Array(result.text(format).utf8))
        try output.finish()
      } catch {
        if case .failed(let message) = error { throw SetupError(message) }
        return .done
      }
      if save {
        try Tuning.save(result.setting, key: result.key)
        let rates = result.engines.map {
          ($0.use, EngineRates.Rate(imagesPerSecond: $0.imagesPerSecond, library: $0.library))
        }
        try EngineRates.save(Dictionary(rates) { $1 }, of: models[0].reference)
      }
      return .done
    }
  }

  /// Checks the command line as a whole, before anything is opened.
  private func checkUsage(_ assembly: Assembly) throws(SetupError) {
    try
      (input.rules("imgrec bench") + model.rules() + [
        .excludes("--json", json, "--format table", format == .table),
        .needs("--max-loss", maxLoss != nil, "--cascade", cascade != nil, add: "--cascade LIGHT,HEAVY"),
      ]).check()
    if cascade != nil { return try checkCascade(assembly) }
    let tasks = RunTasks(try assembly.cards(model), options: model)
    let isOne = OptionRule(
      tasks.cards.count != 1, "bench measures one model at a time; this run has \(tasks.names)",
      "Run it for each: imgrec bench --model NAME PATH.")
    try ([isOne] + tasks.filterRules()).check()
  }

  /// Returns the first inputs; images that cannot be decoded fail in every measurement alike.
  private func sample(of feed: any Feed) -> [Item] {
    var items: [Item] = []
    let most = cascade == nil ? 512 : CascadeBench.maxImages
    while items.count < most, let item = feed.next() { items.append(item) }
    return items
  }
}

/// Reports which measurement is in progress.
private final class BenchProgress {
  private let form: RunOptions.ProgressForm
  private let seconds: Double
  private var done = -1

  init(_ form: RunOptions.ProgressForm, seconds: Double) { (self.form, self.seconds) = (form, seconds) }

  func begin(_ what: String, total: Int) {
    done += 1
    let left = Int((Double(total - done) * seconds).rounded(.up))
    switch form {
    case .none: break
    case .bar:
      let filled = min(24, 24 * done / max(1, total))
      let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: 24 - filled)
      Console.redraw(
        TerminalText.fitted(
          TerminalText.escaped("[\(bar)] \(done)/\(total)  measuring \(what)  \(left) s left"),
          to: (TerminalStyle.columns(of: STDERR_FILENO) ?? 80) - 1))
    case .json:
      let fields: [(name: String, value: LogEntry.Value)] = [
        ("done", .count(done)), ("total", .count(total)), ("measuring", .text(what)), ("eta_seconds", .count(left)),
      ]
      Console.progress(LogEntry(progress: fields, done: done, total: total))
    }
  }

  func end() { if form == .bar { Console.erase() } }
}
