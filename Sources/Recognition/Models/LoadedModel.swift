/// A verified model: its card and the paths of its files.
public struct LoadedModel: Sendable, Codable {
  public var card: ModelCard
  /// Absolute path of each file, by its name on the card.
  public var paths: [String: String]
  /// SHA-256 of the network, lower-case hex: of its file, or of the digests of that and of the files that hold its weights.
  public var digest: String
  public var labels: [String]
  /// Whether its network is one in integers, in place of the card's.
  public var isQuantised = false

  public init(card: ModelCard, paths: [String: String], digest: String, labels: [String]) {
    self.card = card
    self.paths = paths
    self.digest = digest
    self.labels = labels
  }

  /// The name of the network in records: `name@` and eight digits of its digest.
  public var reference: String { "\(card.name)@\(digest.prefix(8))" }

  /// The path of the file of that role; nil if the model has no such file.
  public func path(_ role: ModelCard.File.Role) -> String? {
    card.files.first { $0.role == role }.flatMap { paths[$0.name] }
  }
}
