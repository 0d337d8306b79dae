import Foundation
import Platform
import Recognition

/// Decodes cards from JSON, with errors that name the key.
enum CardDecoder {
  /// Returns the top-level object of a JSON text.
  static func object(_ json: Data, origin: String) throws(SetupError) -> [String: Any] {
    let value: Any
    do { value = try JSONSerialization.jsonObject(with: json, options: .fragmentsAllowed) } catch {
      let detail = (error as NSError).userInfo[NSDebugDescriptionErrorKey] as? String
      throw SetupError("\(origin) is not JSON\(detail.map { ": \($0)" } ?? "")")
    }
    guard let object = value as? [String: Any] else { throw SetupError("\(origin): a JSON object is expected") }
    return object
  }

  /// Decodes one card; unknown keys are errors, so that a misspelt option is not ignored.
  static func card(from object: [String: Any], origin: String, prefix: String = "") throws(SetupError) -> ModelCard {
    let card: ModelCard
    let echo: Any
    do {
      card = try JSONDecoder().decode(ModelCard.self, from: JSONSerialization.data(withJSONObject: object))
      echo = try JSONSerialization.jsonObject(with: JSONEncoder().encode(card))
    } catch let error as DecodingError {
      throw SetupError("\(origin): \(explain(error, prefix: prefix))")
    } catch {
      throw SetupError("\(origin) cannot be read: \(error)")
    }
    if let key = strangeKey(in: object, known: echo, path: prefix) {
      throw SetupError("\(origin): \(key) is not a key of a card")
    }
    return card
  }

  /// Returns the path of the first key of `value` that decoding did not carry over into `known`.
  private static func strangeKey(in value: Any, known: Any, path: String) -> String? {
    if let object = value as? [String: Any], let knownObject = known as? [String: Any] {
      for key in object.keys.sorted() where !(object[key] is NSNull) {
        let keyPath = path.isEmpty ? key : "\(path).\(key)"
        guard let knownValue = knownObject[key] else { return keyPath }
        if let strange = strangeKey(in: object[key]!, known: knownValue, path: keyPath) { return strange }
      }
    } else if let list = value as? [Any], let knownList = known as? [Any] {
      for (index, pair) in zip(list, knownList).enumerated() {
        if let strange = strangeKey(in: pair.0, known: pair.1, path: "\(path)[\(index)]") { return strange }
      }
    }
    return nil
  }

  private static func explain(_ error: DecodingError, prefix: String) -> String {
    func path(_ keys: [any CodingKey]) -> String {
      keys.reduce(prefix) { parent, key in
        if let index = key.intValue { return "\(parent)[\(index)]" }
        return parent.isEmpty ? key.stringValue : "\(parent).\(key.stringValue)"
      }
    }
    switch error {
    case .keyNotFound(let key, let context): return "\(path(context.codingPath + [key])) is missing"
    case .valueNotFound(_, let context): return "\(path(context.codingPath)) is null"
    case .typeMismatch(let type, let context): return "\(path(context.codingPath)): \(word(type)) is expected"
    case .dataCorrupted(let context):
      let key = context.codingPath.last { $0.intValue == nil }?.stringValue ?? ""
      if let allowed = allowedValues[key] {
        return "\(path(context.codingPath)): one of \(allowed.joined(separator: ", ")) is expected"
      }
      return "\(path(context.codingPath)): \(context.debugDescription)"
    @unknown default: return "\(error)"
    }
  }

  private static func word(_ type: Any.Type) -> String {
    switch type {
    case is String.Type: "a string"
    case is Bool.Type: "true or false"
    case is Int.Type: "a whole number"
    case is UInt8.Type: "a whole number from 0 to 255"
    case is Float.Type, is Double.Type: "a number"
    default: "\(type)".hasPrefix("Dictionary") ? "an object" : "\(type)".hasPrefix("Array") ? "a list" : "\(type)"
    }
  }

  /// Values allowed at the keys that take one of a few words.
  private static let allowedValues: [String: [String]] = {
    func words<E: CaseIterable & RawRepresentable<String>>(_: E.Type) -> [String] { E.allCases.map(\.rawValue) }
    return [
      "task": words(TaskKind.self), "format": words(ModelCard.Format.self), "engines": words(EngineKind.self),
      "role": words(ModelCard.File.Role.self), "form": words(ModelCard.LabelSource.Form.self),
      "layout": words(InputSpec.Layout.self), "rule": words(InputSpec.ResizeRule.Rule.self),
      "anchor": words(InputSpec.ResizeRule.Anchor.self), "channels": words(ChannelOrder.self),
      "step": words(SecondStage.self), "filter": words(InputTransform.Filter.self), "kind": words(HeadSpec.Kind.self),
      "precision": words(Precision.self), "engine": words(EngineKind.self),
      "convert": words(ModelCard.Source.Converter.self),
    ]
  }()
}
