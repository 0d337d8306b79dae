import Foundation
import Platform
import Recognition

/// Computes the cache key of an answer: everything that it depends on besides the image's bytes.
public enum CacheKey {
  /// Incremented when the same network would give another answer: decoding, resampling or a head changed.
  public static let schema = "imgrec-answer/3"

  /// Settings outside of the model that change answers.
  public struct Options: Sendable {
    public var engine: String
    /// Whether JPEGs are decoded at full size.
    public var fullDecode = false
    /// Limits that differ from the defaults: they may admit an image that others refuse.
    public var limits: [String] = []

    public init(engine: String) { self.engine = engine }
  }

  /// One network that contributes to an answer.
  public struct Network {
    public var model: LoadedModel
    public var thresholds: Thresholds
    /// Engine and precision.
    public var engine: String

    public init(model: LoadedModel, thresholds: Thresholds, engine: String) {
      self.model = model
      self.thresholds = thresholds
      self.engine = engine
    }
  }

  /// Returns the key of the query to several networks together. `last`: what else changes the answer, that is how the
  /// networks are combined and how their findings are post-processed.
  ///
  /// Throws if a file of a model cannot be read.
  public static func query(
    networks: [Network], options: Options, last: [String]
  ) throws(SetupError) -> QueryKey {
    precondition(!networks.isEmpty)
    var queries: [QueryKey] = []
    for network in networks {
      var own = options
      own.engine = network.engine
      queries.append(try query(model: network.model, thresholds: network.thresholds, options: own))
    }
    // The key of one network alone stays what it was before networks could be combined.
    guard queries.count > 1 || !last.isEmpty else { return queries[0] }
    let parts = ["together"] + queries.map { hexadecimal($0.digest) } + last
    return QueryKey(digest: digest(of: parts), text: queries.map(\.text).joined(separator: ", then "))
  }

  /// Returns the key of the query to `model` alone.
  ///
  /// Throws if a file of the model cannot be read.
  public static func query(
    model: LoadedModel, thresholds: Thresholds, options: Options
  ) throws(SetupError) -> QueryKey {
    let card = model.card
    var parts = [schema, card.task.rawValue, model.digest, card.format.rawValue]
    if let step = card.step { parts.append("step \(step.rawValue)") }
    if let config = model.path(.config) { parts.append(try digest(ofFile: config)) }
    parts.append(try json(card.input))
    parts.append(try json(card.head))
    parts.append((card.outputs ?? []).joined(separator: "\u{0}"))
    parts.append(hexadecimal(Digest.of(model.labels.joined(separator: "\u{0}").utf8)))
    parts.append("top \(thresholds.top) confidence \(thresholds.minConfidence) iou \(thresholds.iou)")
    parts.append(thresholds.labels?.sorted().joined(separator: "\u{0}") ?? "all labels")
    parts.append(options.engine)
    parts.append(options.fullDecode ? "full" : "shrunk")
    parts.append(contentsOf: options.limits)
    return QueryKey(
      digest: digest(of: parts), text: "\(card.task.rawValue) by \(model.reference) on \(options.engine)")
  }

  /// Digests each part with its length, so that no two lists of parts have the same digest.
  private static func digest(of parts: [String]) -> [UInt8] {
    Digest.of(parts.map { "\($0.utf8.count):\($0)" }.joined().utf8)
  }

  private static func json(_ value: some Encodable) throws(SetupError) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    guard let data = try? encoder.encode(value) else { throw SetupError("the model's card cannot be written as JSON") }
    return String(decoding: data, as: UTF8.self)
  }

  private static func digest(ofFile path: String) throws(SetupError) -> String {
    guard let data = FileManager.default.contents(atPath: path) else { throw SetupError("cannot read \(path)") }
    return hexadecimal(Digest.of(data))
  }
}
