import Foundation
import Platform

/// Splits text into the tokens of a text network, as CLIP does: words of the lower-case text, each of them letters of its
/// bytes that are joined in pairs, the pair with the lowest rank first.
///
/// Reads the file `tokenizer.json` of Hugging Face's tokenizers: its vocabulary and its merges. How text is split into
/// words is CLIP's rule, whatever the file says.
public struct BytePairTokenizer: Sendable {
  private let vocabulary: [String: Int]
  private let ranks: [Pair: Int]
  private let (start, end, unknown, padding): (Int, Int, Int, Int)

  private struct Pair: Hashable, Sendable {
    var first: String
    var second: String
  }

  /// Bytes of the largest file that is read: CLIP's has 2 MB.
  private static let maxBytes = 64 << 20
  /// Characters of the longest word whose letters are joined.
  private static let maxWord = 200
  private static let wordEnd = "</w>"

  /// Throws if the file is none of CLIP's kind.
  public init(path: String) throws(SetupError) {
    guard let size = FileSystem.size(path), size <= Self.maxBytes, let data = FileManager.default.contents(atPath: path)
    else { throw SetupError("\(path): it cannot be read, or has more than \(Self.maxBytes >> 20) MiB") }
    guard let file = try? JSONSerialization.jsonObject(with: data) as? [String: Any],
      let model = file["model"] as? [String: Any], let vocabulary = model["vocab"] as? [String: Int],
      let merges = Self.pairs(model["merges"])
    else { throw Self.problem(path, "it has no vocabulary and merges of byte pairs") }
    guard model["end_of_word_suffix"] as? String == Self.wordEnd,
      let start = vocabulary["<|startoftext|>"], let end = vocabulary["<|endoftext|>"]
    else {
      throw Self.problem(path, "its words do not end with \(Self.wordEnd), or it has no tokens of the start and end")
    }
    self.vocabulary = vocabulary
    var ranks: [Pair: Int] = [:]
    for (rank, pair) in merges.enumerated() where ranks[pair] == nil { ranks[pair] = rank }
    self.ranks = ranks
    self.start = start
    self.end = end
    unknown = (model["unk_token"] as? String).flatMap { vocabulary[$0] } ?? end
    padding = (file["padding"] as? [String: Any])?["pad_id"] as? Int ?? 0
  }

  private static func problem(_ path: String, _ text: String) -> SetupError {
    SetupError("\(path): \(text)\nTokenizers of CLIP are read: tokenizer.json with a model of type BPE.")
  }

  /// Merges are "a b", or ["a", "b"].
  private static func pairs(_ value: Any?) -> [Pair]? {
    guard let list = value as? [Any] else { return nil }
    var pairs: [Pair] = []
    for item in list {
      let parts = (item as? String)?.split(separator: " ").map(String.init) ?? item as? [String] ?? []
      guard parts.count == 2 else { return nil }
      pairs.append(Pair(first: parts[0], second: parts[1]))
    }
    return pairs
  }

  /// The tokens of `text` between those of start and end, `context` of them: filled up, or cut before the end.
  public func tokens(_ text: String, context: Int) -> (tokens: [Int], isCut: Bool) {
    var tokens = [start]
    for word in Self.words(text) { tokens += self.tokens(ofWord: word) }
    let isCut = tokens.count > context - 1
    if isCut { tokens.removeLast(tokens.count - max(0, context - 1)) }
    tokens.append(end)
    return (tokens + [Int](repeating: padding, count: max(0, context - tokens.count)), isCut)
  }

  /// Contractions, runs of letters, single digits, and runs of what is neither nor space.
  static func words(_ text: String) -> [String] {
    let scalars = Array(text.precomposedStringWithCanonicalMapping.lowercased().unicodeScalars)
    var words: [String] = []
    var index = 0
    while index < scalars.count {
      let rest = scalars[index...]
      var count = contractions.first { rest.starts(with: $0) }?.count ?? 0
      if count == 0 {
        switch kind(scalars[index]) {
        case .space:
          index += 1
          continue
        case .number: count = 1
        case .letter: count = rest.prefix { kind($0) == .letter }.count
        case .other: count = rest.prefix { kind($0) == .other }.count
        }
      }
      words.append(String(String.UnicodeScalarView(scalars[index..<index + count])))
      index += count
    }
    return words
  }

  private static let contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"].map { Array($0.unicodeScalars) }

  private enum Kind { case letter, number, space, other }

  private static func kind(_ scalar: UnicodeScalar) -> Kind {
    if scalar.properties.isWhitespace { return .space }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: return .letter
    case .decimalNumber, .letterNumber, .otherNumber: return .number
    default: return .other
    }
  }

  private func tokens(ofWord word: String) -> [Int] {
    var parts = word.utf8.map { Self.letters[Int($0)] }
    parts[parts.count - 1] += Self.wordEnd
    while parts.count > 1, parts.count <= Self.maxWord {
      let best = zip(parts, parts.dropFirst()).compactMap { ranks[Pair(first: $0, second: $1)] }.min()
      guard let best else { break }
      var joined: [String] = []
      var index = 0
      while index < parts.count {
        if index + 1 < parts.count, ranks[Pair(first: parts[index], second: parts[index + 1])] == best {
          joined.append(parts[index] + parts[index + 1])
          index += 2
        } else {
          joined.append(parts[index])
          index += 1
        }
      }
      parts = joined
    }
    return parts.map { vocabulary[$0] ?? unknown }
  }

  /// The letter of each byte: itself if it can be printed, else one from U+0100 on.
  private static let letters: [String] = {
    var next: UInt32 = 256
    return (UInt32(0)...255).map { byte in
      let isPrinted = (33...126).contains(byte) || (161...172).contains(byte) || byte >= 174
      defer { if !isPrinted { next += 1 } }
      return UnicodeScalar(isPrinted ? byte : next).map { String(Character($0)) } ?? ""
    }
  }()
}
