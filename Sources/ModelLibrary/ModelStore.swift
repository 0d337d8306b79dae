import Foundation
import Platform
import Recognition

/// The folder that stores networks, as `NAME/FILE`; resolves a model's name to its files.
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

  /// State of a model's files, by their names and sizes, not by digests.
  public enum Presence: Sendable, Equatable {
    case here
    /// The names of the missing files.
    case missing([String])
    /// All files exist, and the named ones have the wrong size.
    case damaged([String])
  }

  /// Checks which of a model's files exist, without reading them.
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

  /// Path of a zoo model's file, present or not: in the store, or its path in the system.
  public func path(of file: ModelCard.File, card: ModelCard) -> String {
    let stored = "\(directory)/\(card.name)/\(file.name)"
    if let system = file.source?.path, FileSystem.size(stored) == nil { return system }
    if file.source?.embedded != nil, FileSystem.size(stored) == nil, FileSystem.size(Self.fallback(file)) != nil {
      return Self.fallback(file)
    }
    return stored
  }

  /// Path of a zoo model's network file. Throws a `SetupError` that names the remedy if it is missing or damaged.
  public func networkPath(of card: ModelCard) throws(SetupError) -> String {
    if case .missing(let names) = presence(of: card) { throw absent(card, names) }
    try unpack(card)
    guard let network = card.files.first(where: { $0.role == .network }) else {
      throw SetupError("model \"\(card.name)\" has no network")
    }
    let path = path(of: network, card: card)
    if let bytes = network.bytes, let size = FileSystem.size(path), size != bytes {
      throw SetupError(
        "model \"\(card.name)\": \(path) has \(size) bytes, not \(bytes)\n\(remedy(network, card: card))")
    }
    return path
  }

  /// Returns the card that `reference` names: a name of the zoo, a network's file, or a card's file. `card` is the card
  /// of a network's file; without it the card is expected beside the file (`net.json` for `net.onnx`). `own` replaces a
  /// card. `task` selects the example in the error about a missing card.
  public func card(
    _ reference: String, card cardPath: String? = nil, own: HeadPreset? = nil, for task: TaskKind? = nil
  ) throws(SetupError) -> ModelCard {
    if let problem = ForeignNetwork.problem(reference) { throw SetupError(problem) }
    guard own != nil || cardPath != nil || CustomModel.isPath(reference) else { return try zoo.card(named: reference) }
    return try CustomModel(reference, card: cardPath, own: own, for: task, zoo: zoo).card
  }

  /// Prepares a model for an engine; the arguments are those of `card(_:card:own:for:)`.
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

  /// Prepares a model of the zoo for an engine.
  public func load(_ card: ModelCard) throws(SetupError) -> LoadedModel {
    if case .missing(let names) = presence(of: card) { throw absent(card, names) }
    try unpack(card)
    var paths: [String: String] = [:]
    for file in card.files { paths[file.name] = path(of: file, card: card) }
    return try load(card, paths: paths) { file, problem in
      "model \"\(card.name)\": \(paths[file.name] ?? file.name) \(problem)\n\(remedy(file, card: card))"
    }
  }

  /// Problems with the files of a zoo model, one string each; empty if there are none. Reads the files for their
  /// digests.
  public func problems(of card: ModelCard) -> [String] {
    var problems: [String] = []
    for file in card.files {
      let path = path(of: file, card: card)
      if file.source?.embedded != nil, FileSystem.size(path) == nil { continue }
      guard FileSystem.size(path) != nil else {
        problems.append("\(path) does not exist")
        continue
      }
      do {
        if let problem = try mismatch(file, at: path) { problems.append("\(path) \(problem)") }
      } catch {
        problems.append(error.description)
      }
    }
    return problems
  }

  /// Deletes a model's files from the store; files of the system stay. Returns whether there were any.
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

  /// Total bytes of a model's files, or only of the named ones if `names` is not nil.
  public static func bytes(of card: ModelCard, files names: [String]? = nil) -> Int {
    card.files.filter { names?.contains($0.name) ?? true }.reduce(0) { $0 + ($1.bytes ?? 0) }
  }

  /// Formats a size, as "14.2 MB".
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

  /// Returns why the file at `path` is not the one that the card pins; nil if it is.
  func mismatch(_ file: ModelCard.File, at path: String) throws(SetupError) -> String? {
    guard file.sha256 != nil || file.bytes != nil else { return nil }
    let found = try FileSystem.digest(path)
    if let bytes = file.bytes, bytes != found.bytes { return "has \(found.bytes) bytes, not \(bytes)" }
    if let sha256 = file.sha256, sha256 != found.hex {
      return "is not the pinned file: its SHA-256 is \(found.hex), not \(sha256)"
    }
    return nil
  }

  private func load(
    _ card: ModelCard, paths: [String: String], describe: (ModelCard.File, String) -> String
  ) throws(SetupError) -> LoadedModel {
    var digest = card.format == .computed ? "computed" : ""
    for file in card.files {
      guard let path = paths[file.name] else { continue }
      guard FileSystem.size(path) != nil else { throw SetupError(describe(file, "file \(path) does not exist")) }
      if let problem = try mismatch(file, at: path) { throw SetupError(describe(file, problem)) }
      guard file.role == .network else { continue }
      let weights = card.files.first { $0.role == .config }.flatMap { paths[$0.name] }
      digest = try NetworkFiles.digest(of: path, sha256: file.sha256, format: card.format, weights: weights)
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
      return SetupError("model \"\(card.name)\" is not installed: \(missing(path, file.source?.apt))")
    }
    let size = Self.size(Self.bytes(of: card, files: names))
    return SetupError(
      "model \"\(card.name)\" is not installed: run \"imgrec models pull \(card.name)\" (\(size), \(card.licence))")
  }

  func missing(_ path: String, _ apt: String?) -> String {
    "file \(path) does not exist" + (apt.map { ": run \"apt-get install \($0)\"" } ?? "")
  }

  private func remedy(_ file: ModelCard.File, card: ModelCard) -> String {
    if let apt = file.source?.apt { return "Check that it is the one that \(apt) installs." }
    return "Run \"imgrec models pull --force \(card.name)\" to fetch it again."
  }
}
