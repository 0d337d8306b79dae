import Foundation
import ModelFiles
import Platform
import Recognition

/// Reads class names from the file that a card names.
enum LabelParser {
  /// Returns the labels in the order of the classes.
  ///
  /// Throws `SetupError` if the file does not have the form, has no labels, or an empty one.
  static func labels(in data: Data, form: ModelCard.LabelSource.Form, origin: String) throws(SetupError) -> [String] {
    let labels: [String]
    switch form {
    case .lines: labels = try lines(of: data, origin: origin)
    case .synset: labels = try synsets(in: lines(of: data, origin: origin), origin: origin)
    case .json: labels = try texts(in: data, origin: origin)
    case .jsonSynonyms: labels = try texts(in: data, origin: origin).map(firstName)
    case .onnxMetadata:
      // The labels are characters, and a space may be one.
      return try data.withUnsafeBytes(ONNXModel.init).lines(of: "character", origin: origin)
    }
    guard !labels.isEmpty else { throw SetupError("\(origin) contains no labels") }
    if let empty = labels.firstIndex(where: \.isEmpty) { throw SetupError("\(origin): label \(empty) is empty") }
    return labels
  }

  /// Returns the trimmed lines, without blank ones at the end.
  private static func lines(of data: Data, origin: String) throws(SetupError) -> [String] {
    let whole = data.withUnsafeBytes { String(validating: $0.assumingMemoryBound(to: UInt8.self), as: UTF8.self) }
    guard let text = whole else { throw SetupError("\(origin) is not UTF-8 text") }
    let body = text.hasPrefix("\u{FEFF}") ? text.dropFirst() : text[...]
    var lines = body.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map(trimmed)
    while lines.last?.isEmpty == true { lines.removeLast() }
    return lines
  }

  private static func synsets(in lines: [String], origin: String) throws(SetupError) -> [String] {
    var labels: [String] = []
    for (index, line) in lines.enumerated() {
      let parts = line.split(separator: " ", maxSplits: 1)
      guard parts.count == 2, parts[0].first == "n", parts[0].dropFirst().allSatisfy(\.isNumber) else {
        throw SetupError("\(origin): line \(index + 1): \"n01440764 tench, Tinca tinca\" is the form expected")
      }
      labels.append(firstName(String(parts[1])))
    }
    return labels
  }

  private static func texts(in data: Data, origin: String) throws(SetupError) -> [String] {
    let value: Any
    do { value = try JSONSerialization.jsonObject(with: data, options: .fragmentsAllowed) } catch {
      throw SetupError("\(origin) is not JSON")
    }
    if let list = value as? [Any] {
      var labels: [String] = []
      for (index, entry) in list.enumerated() {
        guard let text = text(entry) else { throw SetupError("\(origin): label \(index) is not a string") }
        labels.append(text)
      }
      return labels
    }
    guard let object = value as? [String: Any] else {
      throw SetupError("\(origin): a list of strings, or an object from index to string, is expected")
    }
    var labels: [String] = []
    for index in 0..<object.count {
      guard let entry = object["\(index)"] else {
        throw SetupError("\(origin): label \(index) is missing; the keys have to be 0 to \(object.count - 1)")
      }
      guard let text = text(entry) else { throw SetupError("\(origin): label \(index) is not a string") }
      labels.append(text)
    }
    return labels
  }

  /// Returns a string, or the first of a list that is not a WordNet number: `["n01440764", "tench"]`.
  private static func text(_ entry: Any) -> String? {
    if let text = entry as? String { return trimmed(text[...]) }
    guard let names = entry as? [String] else { return nil }
    let name = names.first { !($0.first == "n" && $0.count == 9 && $0.dropFirst().allSatisfy(\.isNumber)) }
    return name.map { trimmed($0[...]) }
  }

  private static func firstName(_ names: String) -> String {
    trimmed(names[..<(names.utf8.firstIndex(of: UInt8(ascii: ",")) ?? names.endIndex)])
  }

  private static func trimmed(_ text: Substring) -> String {
    let visible: ClosedRange<UInt8> = 0x21...0x7E
    if let first = text.utf8.first, let last = text.utf8.last, visible.contains(first), visible.contains(last) {
      return String(text)
    }
    let start = text.drop(while: \.isWhitespace)
    return String(start[..<(start.lastIndex { !$0.isWhitespace }.map(start.index(after:)) ?? start.startIndex)])
  }
}
