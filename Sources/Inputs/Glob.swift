/// A pattern for names: `*` and `?` (any text and any character, but no slash), `[a-z]`, `[!a-z]`, `**` (any number of
/// folders) and `\` before a literal character. Case-sensitive.
///
/// A pattern without a slash is matched against the last name only, otherwise against the path below the root. A leading
/// slash anchors it to the root; a trailing one restricts it to folders.
public struct Glob: Sendable, CustomStringConvertible {
  public let description: String
  /// Whether only folders match.
  let foldersOnly: Bool
  private let onNameOnly: Bool
  private let segments: [Segment]

  private enum Segment: Sendable {
    /// `**`
    case folders
    case name([Token])
  }

  private enum Token: Sendable {
    case text
    case one
    case byte(UInt8)
    case set(negated: Bool, ranges: [ClosedRange<UInt32>])
  }

  public init(_ pattern: String) {
    description = pattern
    var bytes = Array(pattern.utf8)[...]
    let slash = UInt8(ascii: "/")
    foldersOnly = bytes.last == slash
    while bytes.last == slash { bytes.removeLast() }
    onNameOnly = !bytes.contains(slash)
    if bytes.first == slash { bytes.removeFirst() }
    var segments: [Segment] = []
    for part in bytes.split(separator: slash) {
      if Array(part) == Array("**".utf8) {
        // Two in a row mean the same as one.
        if case .folders? = segments.last { continue }
        segments.append(.folders)
      } else {
        segments.append(.name(Self.tokens(part)))
      }
    }
    self.segments = segments
  }

  /// Whether `path` matches; it is below the root, without a slash at either end.
  func matches(_ path: ArraySlice<UInt8>) -> Bool {
    let slash = UInt8(ascii: "/")
    if onNameOnly {
      let name = path[(path.lastIndex(of: slash).map { $0 + 1 } ?? path.startIndex)...]
      return match(segments, [name])
    }
    return match(segments, path.split(separator: slash))
  }

  /// Backtracks to the last `**` only, so that no pattern takes more than length times length steps.
  private func match(_ segments: [Segment], _ names: [ArraySlice<UInt8>]) -> Bool {
    var s = 0
    var n = 0
    var retry: (segment: Int, name: Int)?
    while n < names.count || s < segments.count {
      if s < segments.count {
        switch segments[s] {
        case .folders:
          // At the end of a pattern it requires a name below.
          if s == segments.count - 1 { return n < names.count }
          retry = (s, n)
          s += 1
          continue
        case .name(let tokens):
          if n < names.count, Self.match(tokens, names[n]) {
            s += 1
            n += 1
            continue
          }
        }
      }
      guard let last = retry, last.name < names.count else { return false }
      retry = (last.segment, last.name + 1)
      s = last.segment + 1
      n = last.name + 1
    }
    return true
  }

  private static func match(_ tokens: [Token], _ name: ArraySlice<UInt8>) -> Bool {
    var t = 0
    var n = name.startIndex
    var retry: (token: Int, index: Int)?
    while n < name.endIndex || t < tokens.count {
      if t < tokens.count {
        switch tokens[t] {
        case .text:
          retry = (t, n)
          t += 1
          continue
        case .byte(let byte):
          if n < name.endIndex, name[n] == byte {
            t += 1
            n += 1
            continue
          }
        case .one, .set:
          if n < name.endIndex {
            let (character, length) = character(name[n...])
            if accepts(tokens[t], character) {
              t += 1
              n += length
              continue
            }
          }
        }
      }
      guard let last = retry, last.index < name.endIndex else { return false }
      retry = (last.token, last.index + 1)
      t = last.token + 1
      n = last.index + 1
    }
    return true
  }

  private static func accepts(_ token: Token, _ character: UInt32) -> Bool {
    guard case .set(let negated, let ranges) = token else { return true }
    return ranges.contains { $0.contains(character) } != negated
  }

  /// Returns the first character and its length; a byte that is not UTF-8 is a character of its own, above all others.
  private static func character(_ bytes: ArraySlice<UInt8>) -> (value: UInt32, length: Int) {
    let first = bytes[bytes.startIndex]
    if first < 0x80 { return (UInt32(first), 1) }
    var decoder = UTF8()
    var iterator = bytes.prefix(4).makeIterator()
    if case .scalarValue(let scalar) = decoder.decode(&iterator) {
      return (scalar.value, UTF8.width(scalar))
    }
    return (0x110000 + UInt32(first), 1)
  }

  private static func tokens(_ pattern: ArraySlice<UInt8>) -> [Token] {
    var tokens: [Token] = []
    var rest = pattern
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "*"):
        if case .text? = tokens.last { continue }
        tokens.append(.text)
      case UInt8(ascii: "?"): tokens.append(.one)
      case UInt8(ascii: "["):
        // A bracket that is not closed is literal.
        if let set = set(&rest) { tokens.append(set) } else { tokens.append(.byte(byte)) }
      case UInt8(ascii: "\\"): tokens.append(.byte(rest.popFirst() ?? byte))
      default: tokens.append(.byte(byte))
      }
    }
    return tokens
  }

  private static func set(_ rest: inout ArraySlice<UInt8>) -> Token? {
    var body = rest
    var negated = false
    if body.first == UInt8(ascii: "!") || body.first == UInt8(ascii: "^") {
      negated = true
      body.removeFirst()
    }
    var ranges: [ClosedRange<UInt32>] = []
    var isFirst = true
    while let byte = body.first {
      // A closing bracket right after the opening one is a member.
      if byte == UInt8(ascii: "]"), !isFirst {
        rest = body.dropFirst()
        return .set(negated: negated, ranges: ranges)
      }
      isFirst = false
      let low = member(&body)
      if body.first == UInt8(ascii: "-"), body.count > 1, body[body.startIndex + 1] != UInt8(ascii: "]") {
        body.removeFirst()
        let high = member(&body)
        if low <= high { ranges.append(low...high) }
      } else {
        ranges.append(low...low)
      }
    }
    return nil
  }

  private static func member(_ body: inout ArraySlice<UInt8>) -> UInt32 {
    if body.first == UInt8(ascii: "\\"), body.count > 1 { body.removeFirst() }
    let (value, length) = character(body)
    body.removeFirst(length)
    return value
  }
}
