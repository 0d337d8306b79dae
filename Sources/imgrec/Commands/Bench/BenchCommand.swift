import ArgumentParser
import Outputs
import Platform
import Recognition

/// `imgrec bench`: measures settings on the user's own images, and saves the best.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measure which workers, instances, threads and batch are fastest here.",
    discussion: """
      Measures decoding alone, the network alone and both together on up to 512 of the images, and prints images per \
      second. `limit` is the rate of a perfect pipeline, 1 / (1 / decoding alone + 1 / network alone), each with all \
      cores busy. With --save, scan uses the fastest setting for this model, engine and number of cores.

      Example:
        imgrec bench photos --model mobilenet_v2 --save
      """)

  @OptionGroup(title: "Inputs") var input: InputOptions
  @OptionGroup(title: "Model") var model: ModelOptions

  @Option(
    help: .init("Duration of each measurement (default: 2s).", valueName: "time"), transform: ArgumentParsing.seconds)
  var seconds: Double = 2

  @Flag(help: "Save the fastest setting for scan.")
  var save = false

  @Flag(help: "Print one JSON object.")
  var json = false

  func run() throws {
    try ExitStatus.report {
      let assembly = Assembly(store: try .standard(), pulls: model.pull)
      try checkUsage(assembly)
      if save { try Tuning.checkWritable() }
      let models = try assembly.models(model)
      let feed = try input.feed(maxFileSize: 256 << 20)
      let items = sample(of: feed)
      guard !items.isEmpty else {
        Console.error(TerminalText.escaped(feed.noImagesMessage))
        return .noImages
      }
      let bench = Benchmark(assembly: assembly, model: models[0], options: model, items: items, seconds: seconds)
      let result = try bench.run { line in Console.note(line) }
      if json { Console.json(result.json) } else { Console.out(result.text) }
      if save { try Tuning.save(result.best.setting, key: result.key) }
      return .done
    }
  }

  /// Checks the command line as a whole, before anything is opened.
  private func checkUsage(_ assembly: Assembly) throws(SetupError) {
    try (input.rules("imgrec bench") + model.rules()).check()
    let tasks = RunTasks(try assembly.cards(model), options: model)
    let isOne = OptionRule(
      tasks.cards.count != 1, "bench measures one model at a time; this run has \(tasks.names)",
      "Run it for each: imgrec bench --model NAME PATH.")
    try ([isOne] + tasks.filterRules()).check()
  }

  /// Returns up to 512 inputs; images that cannot be decoded fail in every measurement alike.
  private func sample(of feed: any Feed) -> [Item] {
    var items: [Item] = []
    while items.count < 512, let item = feed.next() { items.append(item) }
    return items
  }
}
