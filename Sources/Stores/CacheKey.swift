import Crypto
import Foundation
import Recognition

/// The one place where it is said what an answer depends on besides the image's bytes.
public enum CacheKey {
  /// Goes up when the same network would give another answer: decoding, resampling or a head changed.
  public static let schema = "imgrec-answer/1"

  /// What else is decided outside of the model.
  public struct Options: Sendable {
    public var engine: String
    /// Whether JPEGs are decoded at full size.
    public var fullDecode = false
    /// Limits that differ from the defaults; by these an image may be let through that others refuse.
    public var limits: [String] = []

    public init(engine: String) { self.engine = engine }
  }

  /// The question that `model` is asked.
  ///
  /// Throws where a file of the model cannot be read.
  public static func question(
    model: LoadedModel, thresholds: Thresholds, options: Options
  ) throws(SetupError) -> Question {
    let card = model.card
    var parts = [schema, card.task.rawValue, model.digest, card.format.rawValue]
    if let config = model.path(.config) { parts.append(try digest(ofFile: config)) }
    parts.append(try json(card.input))
    parts.append(try json(card.head))
    parts.append((card.outputs ?? []).joined(separator: "\u{0}"))
    parts.append(hex(SHA256.hash(data: Data(model.labels.joined(separator: "\u{0}").utf8))))
    parts.append("top \(thresholds.top) confidence \(thresholds.minConfidence) iou \(thresholds.iou)")
    parts.append(thresholds.labels?.sorted().joined(separator: "\u{0}") ?? "all labels")
    parts.append(options.engine)
    parts.append(options.fullDecode ? "full" : "shrunk")
    parts.append(contentsOf: options.limits)
    // Each part with its length, so that no two lists of parts are the same text.
    let text = parts.map { "\($0.utf8.count):\($0)" }.joined()
    return Question(
      digest: Array(SHA256.hash(data: Data(text.utf8))),
      text: "\(card.task.rawValue) by \(model.reference) on \(options.engine)")
  }

  private static func json(_ value: some Encodable) throws(SetupError) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    guard let data = try? encoder.encode(value) else { throw SetupError("the model's card cannot be written as JSON") }
    return String(decoding: data, as: UTF8.self)
  }

  private static func digest(ofFile path: String) throws(SetupError) -> String {
    guard let data = FileManager.default.contents(atPath: path) else { throw SetupError("cannot read \(path)") }
    return hex(SHA256.hash(data: data))
  }

  private static func hex(_ digest: SHA256.Digest) -> String {
    digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
