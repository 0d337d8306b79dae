import ArgumentParser
import Platform
import Recognition

/// `imgrec bench`: measures on the user's own images, and keeps what was best.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Find the best workers x instances x threads x batch for a model here.",
    discussion: """
      Measures decoding alone, the network alone and both together on up to 512 of the images, and prints images a
      second. `limit` is what a perfect pipeline would reach: 1 / (1 / decoding alone + 1 / network alone), each with
      every core busy. With --save, scan uses the best from now on, for this model, engine and number of cores.
      """)

  @OptionGroup(title: "Inputs") var input: InputOptions
  @OptionGroup(title: "Model") var model: ModelOptions

  @Option(help: .init("Seconds of each measurement.", valueName: "seconds"), transform: ArgumentParsing.seconds)
  var seconds: Double = 2

  @Flag(help: "Keep the best, for scan.")
  var save = false

  @Flag(help: "Print one JSON object.")
  var json = false

  func run() throws {
    try ExitStatus.report {
      let assembly = Assembly(store: try .standard(), pulls: model.pull)
      let models = try assembly.models(model)
      guard models.count == 1 else { throw SetupError("bench measures one model at a time") }
      let items = try sample()
      guard !items.isEmpty else { return .noImages }
      let bench = Benchmark(assembly: assembly, model: models[0], options: model, items: items, seconds: seconds)
      let result = try bench.run { line in Console.note(line) }
      Console.out(json ? result.json : result.text)
      if save { try Tuning.save(result.best.setting, key: result.key) }
      return .done
    }
  }

  /// The paths of some images; what fails later fails in every measurement alike.
  private func sample() throws(SetupError) -> [Item] {
    let feed = try input.feed(maxFileSize: 256 << 20)
    var items: [Item] = []
    while items.count < 512, let item = feed.next() { items.append(item) }
    return items
  }
}
