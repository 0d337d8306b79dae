import Codecs
import Inputs
import Logging
import ModelLibrary
import Outputs
import Pipeline
import Platform
import Recognition
import Records

/// The network that made the vectors of records, for the photos that are searched.
struct QueryNetwork {
  private var options: ModelOptions
  private let assembly: Assembly
  private let model: LoadedModel
  /// Its name in records.
  var reference: String { model.reference }

  /// Bytes of decoded pixels and tensors in flight, and of a file.
  private static let (memory, maxFileSize) = (1 << 30, 256 << 20)

  /// The network that the user names.
  init(_ name: String, _ query: SearchQueryOptions) throws(SetupError) {
    do { options = try ModelOptions.parse([]) } catch { throw SetupError("\(error)") }
    options.model = [name]
    options.card = query.card
    options.pull = query.pull
    options.allOrientations = query.allOrientations
    assembly = Assembly(store: try .standard(), pulls: query.pull)
    let card = try assembly.store.card(name, card: query.card)
    guard card.task == .embed else {
      throw SetupError.usage(
        "\(card.name) computes no vectors of pictures: its task is \(card.task.rawValue)",
        "Networks that do: imgrec models list --task embed")
    }
    model = try assembly.models(options)[0]
  }

  /// The network with the name `reference` in records.
  init(reference: String?, _ query: SearchQueryOptions) throws(SetupError) {
    guard let reference, let name = reference.split(separator: "@").first.map(String.init) else {
      throw SetupError(
        "the records do not name the network of their vectors\nName it: --model \(TaskKind.embed.defaultModel)")
    }
    guard ModelZoo.embedded.cards.contains(where: { $0.name == name }) else {
      throw SetupError(
        "the records have vectors of \(reference), which is no network of the zoo\nName its file: --model FILE")
    }
    try self.init(name, query)
  }

  /// The vectors of the pictures at `paths` and in folders of them, by the engine and in the precision that a record
  /// names, if they are installed.
  func vectors(of paths: [RawPath], engine name: String?) throws(SetupError) -> [[Float]] {
    let task = try task(engine: name)
    let feed = DirectoryWalk(
      paths.map { InputSource.path($0) }, options: walkOptions, sniff: FormatSniffer.format(of:))
    let plan = ScanConfiguration(
      tasks: [task], limits: DecodeLimits().isolated, readers: 1, decoders: 1, maxBatch: 1, batchPixels: 24_000_000,
      memory: Self.memory, maxFileSize: Self.maxFileSize, keepsOrder: true, warmsUp: false)
    var vectors: [[Float]] = []
    var failed: (path: RawPath, why: String)?
    let sink = OutcomeCollector { outcome in
      if let failure = outcome.failure {
        failed = failed ?? (outcome.path, failure.code == .unknownFormat ? "it is no image" : failure.message)
      } else if case .embedding(let vector)? = outcome.answers.first?.findings {
        vectors.append(vector)
      }
    }
    let stop = StopToken()
    let run = ScanPipeline(configuration: plan, feed: feed, sink: sink, stop: stop, metrics: RunMetrics())
    _ = Unmanaged.passRetained(run)
    _ = run.run()
    if let failed {
      throw SetupError("--like \(failed.path): \(failed.why)\nName a photo that can be read.")
    }
    guard !vectors.isEmpty else { throw SetupError("--like: no image in \(paths[0])\nName a photo.") }
    return vectors
  }

  /// The vectors of texts, by the text network that the card names.
  func vectors(ofTexts texts: [String]) throws(SetupError) -> [[Float]] {
    let network = try QueryText(model)
    return try texts.map { text throws(SetupError) in try network.vector(of: text) }
  }

  private var walkOptions: WalkOptions {
    var options = WalkOptions()
    options.maxFileSize = Self.maxFileSize
    return options
  }

  private func task(engine name: String?) throws(SetupError) -> TaskPlan {
    let workers = Assembly.Workers(instances: 1, memory: Self.memory)
    guard let use = Self.use(named: name) else { return try assembly.task(model, options: options, workers: workers) }
    var own = options
    (own.engine, own.precision, own.device) = (use.kind, use.precision, use.device)
    do throws(SetupError) {
      let network = use.precision == .int8 ? try model.quantised() : model
      return try assembly.task(network, options: own, workers: workers)
    } catch {
      let plan = try assembly.task(model, options: options, workers: workers)
      Console.note(
        "the records' vectors are by \(use.name), which does not run here; the photo's is by "
          + plan.instances[0].use.name)
      return plan
    }
  }

  private static func use(named name: String?) -> EngineUse? { EngineUse.all.first { $0.name == name } }
}

extension QueryNetwork {
  /// The vectors in the cache of the network that the options name, or of the usual one; nil if there is no cache, or if
  /// the network is not installed.
  static func cachedVectors(_ cache: CacheOptions, _ query: SearchQueryOptions) -> VectorCache? {
    let name = query.model ?? TaskKind.embed.defaultModel
    guard let location = try? CacheLocation(cache.cache), location.looksUp,
      let network = try? QueryNetwork(name, query),
      let key = try? network.assembly.queries(network.model, options: network.options).query,
      let store = try? location.makeStore(logger: Logger(label: "imgrec"))
    else { return nil }
    return VectorCache(model: network.reference) { record in
      guard let digest = record.digest else { return nil }
      let page = record.page.map { Page($0, of: max(record.pages ?? 0, $0)) }
      let image = AnswerKey.image(digest, page: page)
      guard let bytes = store.answers(to: [AnswerKey(image: image, query: key)])[0],
        let answer = CachedAnswer(bytes), answer.model == nil
      else { return nil }
      return FindingsReader.vector(answer.findings)
    }
  }
}
