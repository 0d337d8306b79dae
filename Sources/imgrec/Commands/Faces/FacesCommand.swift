import ArgumentParser
import Codecs
import Foundation
import Inputs
import ModelLibrary
import Pipeline
import Platform
import Recognition

/// People by their faces: the gallery, and who is who.
struct FacesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "faces", abstract: "Keeps a gallery of people's faces, and tells who is in pictures.",
    discussion: """
      imgrec faces enroll "Ada" ada1.jpg ada2.jpg
      imgrec faces identify party/
      imgrec scan --task faces --identify photos
      imgrec faces cluster photos       # who is the same, without names
      """, subcommands: [Enroll.self, Identify.self, Cluster.self, List.self, Forget.self])

  struct Enroll: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Adds a person by pictures of which he or she is the largest face.")
    @Argument(help: "The person's name.") var name: String
    @Argument(help: "Images or folders.") var paths: [String]
    @OptionGroup var options: FaceOptions

    func run() throws {
      try ExitStatus.report {
        guard !name.isEmpty, !paths.isEmpty else { throw SetupError("a name and at least one image are needed") }
        let search = try FaceSearch(options)
        let path = options.identity.path(search.store)
        var gallery = try GalleryFile.read(path) ?? FaceGallery(model: search.reference)
        try IdentityOptions.check(gallery, at: path, against: search.task)
        var (added, problems) = (0, 0)
        try search.run(paths) { outcome, faces in
          guard let face = faces.max(by: { $0.box.area < $1.box.area }), !face.vector.isEmpty else {
            problems += 1
            return Console.note("\(outcome.path): \(outcome.failure?.message ?? "no face with landmarks")")
          }
          gallery.enroll(name, face.vector)
          added += 1
        }
        guard added > 0 else { throw SetupError("no face of \(name) was found") }
        try GalleryFile.write(gallery, to: path)
        print("\(name)\t\(added) \(added == 1 ? "face" : "faces") added")
        return problems > 0 ? .partialFailure : .done
      }
    }
  }

  struct Identify: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Tells who is in images: path, name, distance, box; one line a face.")
    @Argument(help: "Images or folders.") var paths: [String]
    @OptionGroup var options: FaceOptions

    func run() throws {
      try ExitStatus.report {
        let search = try FaceSearch(options)
        let gallery = try options.identity.people(for: search.task, in: search.store)
        let most = options.identity.most(search.task)
        var problems = 0
        try search.run(paths) { outcome, faces in
          if let failure = outcome.failure {
            problems += 1
            return Console.note("\(outcome.path): \(failure.message)")
          }
          for face in faces {
            let found = face.vector.isEmpty ? nil : gallery.nearest(to: face.vector, most: most)
            print(FaceSearch.line(outcome, found.map { ($0.name, $0.distance) }, face))
          }
        }
        return problems > 0 ? .partialFailure : .done
      }
    }
  }

  struct Cluster: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Groups the faces of images by person: group, path, box; one line a face.")
    @Argument(help: "Images or folders.") var paths: [String]
    @OptionGroup var options: FaceOptions

    func run() throws {
      try ExitStatus.report {
        let search = try FaceSearch(options)
        var all: [(outcome: Outcome, face: Detection)] = []
        var problems = 0
        try search.run(paths) { outcome, faces in
          if let failure = outcome.failure {
            problems += 1
            return Console.note("\(outcome.path): \(failure.message)")
          }
          all += faces.filter { !$0.vector.isEmpty }.map { (outcome, $0) }
        }
        let groups = FaceGallery.clusters(all.map(\.face.vector), most: options.identity.most(search.task))
        for (group, entry) in zip(groups, all).sorted(by: { $0.0 < $1.0 }) {
          print("person \(group + 1)\t\(FaceSearch.line(entry.outcome, nil, entry.face))")
        }
        return problems > 0 ? .partialFailure : .done
      }
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Lists the people of the gallery.")
    @OptionGroup var identity: IdentityOptions

    func run() throws {
      try ExitStatus.report {
        for person in try GalleryFile.read(identity.path(.standard()))?.people ?? [] {
          print("\(person.name)\t\(person.vectors.count) \(person.vectors.count == 1 ? "face" : "faces")")
        }
        return .done
      }
    }
  }

  struct Forget: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Removes a person from the gallery.")
    @Argument(help: "The person's name.") var name: String
    @OptionGroup var identity: IdentityOptions

    func run() throws {
      try ExitStatus.report {
        let path = try identity.path(.standard())
        guard var gallery = try GalleryFile.read(path), gallery.forget(name) else {
          throw SetupError("there is nobody called \(name) in \(path)")
        }
        try GalleryFile.write(gallery, to: path)
        return .done
      }
    }
  }
}

/// What the commands on faces share.
struct FaceOptions: ParsableArguments {
  @OptionGroup var identity: IdentityOptions
  @Option(
    name: [.short, .long], help: .init("The model that finds the faces; it has to give landmarks.", valueName: "name"))
  var model: String?
  @Option(help: "What runs the networks.") var engine: ModelOptions.EngineChoice = .auto
  @Flag(help: "Fetch models that are not here yet, without asking.") var pull = false
}

/// Finds faces and their vectors with the pipeline of `scan`.
struct FaceSearch {
  let store: ModelStore
  let task: TaskPlan

  init(_ options: FaceOptions) throws(SetupError) {
    store = try .standard()
    let assembly = Assembly(store: store, pulls: options.pull)
    let card = try store.card(options.model ?? TaskKind.faces.defaultModel)
    guard card.task == .faces, card.step == nil else { throw SetupError("\(card.name) does not find faces") }
    if options.pull { try store.pull(card) }
    let model = try store.load(card)
    var models: ModelOptions
    do { models = try ModelOptions.parse([]) } catch { throw SetupError("\(error)") }
    models.engine = options.engine
    let workers = Assembly.Workers()
    var task = try assembly.task(model, options: models, workers: workers)
    try options.identity.addIdentifier(to: &task, by: assembly, options: models, workers: workers)
    self.task = task
  }

  /// How the gallery names the network that made its vectors.
  var reference: String { task.steps[0].model.reference }

  func run(_ paths: [String], _ body: @escaping (Outcome, [Detection]) -> Void) throws(SetupError) {
    let stop = StopToken()
    let interrupt = SignalHandler(stop: stop, quiet: true)
    defer { withExtendedLifetime(interrupt) {} }
    let feed = DirectoryWalk(
      paths.map { .path(RawPath($0)) }, options: WalkOptions(), sniff: FormatSniffer.format(of:))
    let cores = HostInfo.cores
    let plan = ScanConfiguration(
      tasks: [task], readers: 1, decoders: cores, maxBatch: Int.max, batchPixels: 24_000_000, memory: 1 << 30,
      maxFileSize: 256 << 20, keepsOrder: true)
    let report = ScanPipeline(plan: plan, feed: feed, sink: Collector(body), stop: stop, metrics: RunMetrics()).run()
    if report.inputs == 0 { throw SetupError("no images among the inputs") }
    if report.stop == .interrupted { throw SetupError("interrupted") }
  }

  /// Path, name and distance, box.
  static func line(_ outcome: Outcome, _ found: (name: String, distance: Float)?, _ face: Detection) -> String {
    let box = [face.box.x, face.box.y, face.box.width, face.box.height].map { "\(Int($0.rounded()))" }
    let who = found.map { "\t\($0.name)\t\((Double($0.distance) * 1000).rounded() / 1000)" } ?? "\t-\t-"
    return "\(outcome.path)\(who)\t\(box.joined(separator: ","))"
  }

  /// Hands each record on, in the order of the inputs.
  private final class Collector: Sink {
    private let body: (Outcome, [Detection]) -> Void

    init(_ body: @escaping (Outcome, [Detection]) -> Void) { self.body = body }

    func write(_ outcome: Outcome) {
      guard case .success(let answers) = outcome.result, case .detections(let faces)? = answers.first?.findings else {
        return body(outcome, [])
      }
      body(outcome, faces)
    }

    func flush() {}
    func finish() {}
  }
}
