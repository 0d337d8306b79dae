import Foundation
import Platform
import Recognition

/// The folder in which networks are kept, as `NAME/FILE`, and the way from a model's name to its files.
public struct ModelStore: Sendable {
  public let directory: String
  public let zoo: ModelZoo

  public init(directory: String, zoo: ModelZoo = .embedded) {
    self.directory = directory
    self.zoo = zoo
  }

  /// The user's own store: `$IMGREC_MODELS`, else below `$XDG_DATA_HOME` or `~/.local/share`.
  public static func standard(
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws(SetupError) -> ModelStore {
    let here = FileManager.default.currentDirectoryPath
    return ModelStore(
      directory: try UserDirectories.models(environment: environment, currentDirectory: here))
  }

  /// Ends the messages about a folder that cannot be written.
  static let advice = "Set IMGREC_MODELS to a folder that can be written."

  /// Whether a model's files are there. Looks at names and sizes, not at digests.
  public enum Presence: Sendable, Equatable {
    case here
    /// The names of the files that are not.
    case missing([String])
    /// All are there, and the named ones have the wrong size.
    case damaged([String])
  }

  public func presence(of card: ModelCard) -> Presence {
    var missing: [String] = []
    var damaged: [String] = []
    for file in card.files {
      let size = FileSystem.size(path(of: file, card: card))
      if size == nil, file.source?.embedded != nil { continue }
      if size == nil {
        missing.append(file.name)
      } else if let bytes = file.bytes, bytes != size {
        damaged.append(file.name)
      }
    }
    if !missing.isEmpty { return .missing(missing) }
    return damaged.isEmpty ? .here : .damaged(damaged)
  }

  /// Where a file of a zoo model is, or would be: in the store, or in its place in the system.
  public func path(of file: ModelCard.File, card: ModelCard) -> String {
    let kept = "\(directory)/\(card.name)/\(file.name)"
    if let system = file.source?.path, FileSystem.size(kept) == nil { return system }
    if file.source?.embedded != nil, FileSystem.size(kept) == nil, FileSystem.size(Self.fallback(file)) != nil {
      return Self.fallback(file)
    }
    return kept
  }

  /// The network's file of a zoo model. Throws what to do where it is not there.
  public func networkPath(of card: ModelCard) throws(SetupError) -> String {
    if case .missing(let names) = presence(of: card) { throw absent(card, names) }
    try unpack(card)
    guard let network = card.files.first(where: { $0.role == .network }) else {
      throw SetupError("model \"\(card.name)\" has no network")
    }
    let place = path(of: network, card: card)
    if let bytes = network.bytes, let size = FileSystem.size(place), size != bytes {
      throw SetupError(
        "model \"\(card.name)\": \(place) has \(size) bytes, not \(bytes)\n\(remedy(network, card: card))")
    }
    return place
  }

  /// The card that `reference` means: a name of the zoo, a network's file, or a card's file. `card` is the card of a
  /// network's file; without it the card is looked for beside the file (`net.json` for `net.onnx`).
  /// `own` says in place of a card how the network is used.
  /// `task` is what the example in a complaint about a missing card is for.
  public func card(
    _ reference: String, card cardPath: String? = nil, own: HeadPreset? = nil, for task: TaskKind? = nil
  ) throws(SetupError) -> ModelCard {
    guard own != nil || cardPath != nil || CustomModel.isPath(reference) else { return try zoo.card(named: reference) }
    return try CustomModel(reference, card: cardPath, own: own, for: task, zoo: zoo).card
  }

  /// Makes a model ready for an engine: by its name in the zoo, or by file as `card(_:card:)` has it.
  ///
  /// Every file that the card pins is checked against its SHA-256.
  public func load(_ reference: String, card cardPath: String? = nil, own: HeadPreset? = nil) throws(SetupError)
    -> LoadedModel
  {
    guard own != nil || cardPath != nil || CustomModel.isPath(reference) else {
      return try load(zoo.card(named: reference))
    }
    let model = try CustomModel(reference, card: cardPath, own: own, zoo: zoo)
    return try load(model.card, paths: model.paths) { file, problem in "\(model.origin): \(file.name): \(problem)" }
  }

  /// Makes a model of the zoo ready for an engine.
  public func load(_ card: ModelCard) throws(SetupError) -> LoadedModel {
    if case .missing(let names) = presence(of: card) { throw absent(card, names) }
    try unpack(card)
    var paths: [String: String] = [:]
    for file in card.files { paths[file.name] = path(of: file, card: card) }
    return try load(card, paths: paths) { file, problem in
      "model \"\(card.name)\": \(paths[file.name] ?? file.name) \(problem)\n\(remedy(file, card: card))"
    }
  }

  /// What is wrong with the files of a zoo model, one text each; empty where all is well.
  public func problems(of card: ModelCard) -> [String] {
    var problems: [String] = []
    for file in card.files {
      let place = path(of: file, card: card)
      if file.source?.embedded != nil, FileSystem.size(place) == nil { continue }
      guard FileSystem.size(place) != nil else {
        problems.append("\(place) is not there")
        continue
      }
      do {
        if let problem = try mismatch(file, at: place) { problems.append("\(place) \(problem)") }
      } catch {
        problems.append(error.description)
      }
    }
    return problems
  }

  /// Deletes what the store holds of a model; files of the system stay. Returns whether there was anything.
  @discardableResult
  public func remove(_ card: ModelCard) throws(SetupError) -> Bool {
    let folder = "\(directory)/\(card.name)"
    guard FileManager.default.fileExists(atPath: folder) else { return false }
    let lock = try lock(card) {}
    defer { withExtendedLifetime(lock) {} }
    do { try FileManager.default.removeItem(atPath: folder) } catch {
      throw SetupError("\(folder) cannot be removed: \(error.localizedDescription)")
    }
    return true
  }

  /// The bytes of a model's files; of the named ones only, where given.
  public static func bytes(of card: ModelCard, files names: [String]? = nil) -> Int {
    card.files.filter { names?.contains($0.name) ?? true }.reduce(0) { $0 + ($1.bytes ?? 0) }
  }

  /// "14.2 MB".
  public static func size(_ bytes: Int) -> String {
    switch bytes {
    case ..<1000: return "\(bytes) B"
    case ..<1_000_000: return "\((bytes + 500) / 1000) kB"
    default:
      let tenths = (bytes + 50_000) / 100_000
      return "\(tenths / 10).\(tenths % 10) MB"
    }
  }

  // MARK: - Inside

  func lock(_ card: ModelCard, waiting: () -> Void) throws(SetupError) -> FileLock {
    try FileSystem.createDirectory("\(directory)/.locks", advice: Self.advice)
    return try FileLock("\(directory)/.locks/\(card.name)", advice: Self.advice, waiting: waiting)
  }

  /// Why the file is not the one that the card pins; nil where it is.
  func mismatch(_ file: ModelCard.File, at path: String) throws(SetupError) -> String? {
    guard file.sha256 != nil || file.bytes != nil else { return nil }
    let found = try FileSystem.digest(path)
    if let bytes = file.bytes, bytes != found.bytes { return "has \(found.bytes) bytes, not \(bytes)" }
    if let sha256 = file.sha256, sha256 != found.hex {
      return "is not the file that was pinned: its SHA-256 is \(found.hex), not \(sha256)"
    }
    return nil
  }

  private func load(
    _ card: ModelCard, paths: [String: String], describe: (ModelCard.File, String) -> String
  ) throws(SetupError) -> LoadedModel {
    var digest = card.format == .computed ? "computed" : ""
    for file in card.files {
      guard let path = paths[file.name] else { continue }
      guard FileSystem.size(path) != nil else { throw SetupError(describe(file, "there is no file \(path)")) }
      if let problem = try mismatch(file, at: path) { throw SetupError(describe(file, problem)) }
      guard file.role == .network else { continue }
      if let pinned = file.sha256 { digest = pinned } else { digest = try FileSystem.digest(path).hex }
    }
    return LoadedModel(card: card, paths: paths, digest: digest, labels: try labels(card, paths: paths))
  }

  private func labels(_ card: ModelCard, paths: [String: String]) throws(SetupError) -> [String] {
    guard let labels = card.labels else { return [] }
    if let names = labels.names { return names }
    guard let file = labels.file, let path = paths[file], let form = labels.form else { return [] }
    return try LabelParser.labels(in: FileSystem.contents(path), form: form, origin: path)
  }

  private func absent(_ card: ModelCard, _ names: [String]) -> SetupError {
    let files = card.files.filter { names.contains($0.name) }
    if let file = files.first, let path = file.source?.path {
      return SetupError("model \"\(card.name)\" is not here yet: \(missing(path, file.source?.apt))")
    }
    let size = Self.size(Self.bytes(of: card, files: names))
    return SetupError(
      "model \"\(card.name)\" is not here yet: run \"imgrec models pull \(card.name)\" (\(size), \(card.licence))")
  }

  func missing(_ path: String, _ apt: String?) -> String {
    "there is no file \(path)" + (apt.map { ": run \"apt-get install \($0)\"" } ?? "")
  }

  private func remedy(_ file: ModelCard.File, card: ModelCard) -> String {
    if let apt = file.source?.apt { return "Is it the one that \(apt) installs?" }
    return "Run \"imgrec models pull --force \(card.name)\" to have it anew."
  }
}
