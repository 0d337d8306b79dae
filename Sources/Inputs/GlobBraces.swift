/// Expands the alternatives of a glob: `{a,b}c` is `ac` and `bc`, as in a shell.
///
/// Done before the pattern is cut into names, so that alternatives may contain slashes.
struct GlobBraces {
  /// Alternatives of one pattern.
  private static let maxAlternatives = 1024
  private static let maxDepth = 16

  private let pattern: [UInt8]
  private var position = 0

  static func expand(_ pattern: [UInt8]) throws(GlobError) -> [[UInt8]] {
    var parser = GlobBraces(pattern: pattern)
    return try parser.sequence(depth: 0)
  }

  private init(pattern: [UInt8]) { self.pattern = pattern }

  /// Expands up to the end, or within braces up to a comma or the closing brace.
  private mutating func sequence(depth: Int) throws(GlobError) -> [[UInt8]] {
    var found: [[UInt8]] = [[]]
    while position < pattern.count {
      let byte = pattern[position]
      switch byte {
      case UInt8(ascii: "{"):
        guard depth < Self.maxDepth else { throw GlobError("braces are nested more than \(Self.maxDepth) deep") }
        position += 1
        let choices = try group(depth: depth + 1)
        try Self.check(found.count * choices.count)
        found = found.flatMap { head in choices.map { head + $0 } }
      case UInt8(ascii: "}"):
        guard depth > 0 else { throw GlobError("a '}' closes nothing; a literal one is written '\\}'") }
        return found
      case UInt8(ascii: ",") where depth > 0: return found
      default:
        let literal = literal()
        for index in found.indices { found[index] += literal }
      }
    }
    guard depth == 0 else { throw GlobError("a '{' is not closed; a literal one is written '\\{'") }
    return found
  }

  /// Expands the alternatives after an opening brace, with the closing one.
  private mutating func group(depth: Int) throws(GlobError) -> [[UInt8]] {
    var choices: [[UInt8]] = []
    while true {
      choices += try sequence(depth: depth)
      try Self.check(choices.count)
      // `sequence` ends at a comma or a closing brace.
      position += 1
      if pattern[position - 1] == UInt8(ascii: "}") { return choices }
    }
  }

  /// Takes one byte, or a set in brackets or an escape sequence as they are: braces and commas in them are literal.
  private mutating func literal() -> ArraySlice<UInt8> {
    let start = position
    position += 1
    if pattern[start] == UInt8(ascii: "\\") { position = min(position + 1, pattern.count) }
    if pattern[start] == UInt8(ascii: "["), let end = endOfSet(start) { position = end }
    return pattern[start..<position]
  }

  /// Index after the set that begins at `start`; nil if it is not closed.
  private func endOfSet(_ start: Int) -> Int? {
    var index = start + 1
    if index < pattern.count, pattern[index] == UInt8(ascii: "!") || pattern[index] == UInt8(ascii: "^") { index += 1 }
    let first = index
    while index < pattern.count {
      switch pattern[index] {
      case UInt8(ascii: "]") where index > first: return index + 1
      case UInt8(ascii: "\\"): index += 2
      default: index += 1
      }
    }
    return nil
  }

  private static func check(_ count: Int) throws(GlobError) {
    guard count <= maxAlternatives else {
      throw GlobError("the braces stand for more than \(maxAlternatives) patterns")
    }
  }
}
