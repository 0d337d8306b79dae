/// A part of a name in a glob.
enum GlobToken: Sendable {
  /// `*`
  case text
  /// `?`
  case one
  case byte(UInt8)
  /// A literal character in lower case, for patterns that ignore case.
  case character(UInt32)
  case set(negated: Bool, ranges: [ClosedRange<UInt32>], ignoringCase: Bool)

  /// Number of bytes that the token takes at the beginning of `name`, which is not empty; nil if it does not match.
  func length(at name: ArraySlice<UInt8>) -> Int? {
    switch self {
    case .text: return 0
    case .byte(let byte): return name.first == byte ? 1 : nil
    case .one: return Self.character(name).length
    case .character(let wanted):
      let (value, length) = Self.character(name)
      return Self.lowercase(value) == wanted ? length : nil
    case .set(let negated, let ranges, let ignoringCase):
      let (value, length) = Self.character(name)
      var isMember = ranges.contains { $0.contains(value) }
      if ignoringCase, !isMember {
        let forms = [Self.lowercase(value), Self.uppercase(value)]
        isMember = ranges.contains { range in forms.contains { range.contains($0) } }
      }
      return isMember != negated ? length : nil
    }
  }

  /// Parses one name of a pattern.
  static func tokens(_ pattern: ArraySlice<UInt8>, ignoringCase: Bool) throws(GlobError) -> [GlobToken] {
    var tokens: [GlobToken] = []
    var rest = pattern
    func appendLiteral() {
      guard ignoringCase else { return tokens.append(.byte(rest.removeFirst())) }
      let (value, length) = character(rest)
      rest.removeFirst(length)
      tokens.append(.character(lowercase(value)))
    }
    while let byte = rest.first {
      switch byte {
      case UInt8(ascii: "*"):
        rest.removeFirst()
        if case .text? = tokens.last { continue }
        tokens.append(.text)
      case UInt8(ascii: "?"):
        rest.removeFirst()
        tokens.append(.one)
      case UInt8(ascii: "["):
        rest.removeFirst()
        tokens.append(try set(&rest, ignoringCase: ignoringCase))
      case UInt8(ascii: "\\"):
        rest.removeFirst()
        guard !rest.isEmpty else { throw GlobError("'\\' at the end of a name stands before nothing") }
        appendLiteral()
      default: appendLiteral()
      }
    }
    return tokens
  }

  private static func set(_ rest: inout ArraySlice<UInt8>, ignoringCase: Bool) throws(GlobError) -> GlobToken {
    var negated = false
    if rest.first == UInt8(ascii: "!") || rest.first == UInt8(ascii: "^") {
      negated = true
      rest.removeFirst()
    }
    var ranges: [ClosedRange<UInt32>] = []
    var isFirst = true
    while let byte = rest.first {
      // A closing bracket right after the opening one is a member.
      if byte == UInt8(ascii: "]"), !isFirst {
        rest.removeFirst()
        return .set(negated: negated, ranges: ranges, ignoringCase: ignoringCase)
      }
      isFirst = false
      let low = member(&rest)
      if rest.first == UInt8(ascii: "-"), rest.count > 1, rest[rest.startIndex + 1] != UInt8(ascii: "]") {
        rest.removeFirst()
        let high = member(&rest)
        guard low <= high else { throw GlobError("a range in [...] ends before it begins") }
        ranges.append(low...high)
      } else {
        ranges.append(low...low)
      }
    }
    throw GlobError("a '[' is not closed; a literal one is written '\\['")
  }

  private static func member(_ body: inout ArraySlice<UInt8>) -> UInt32 {
    if body.first == UInt8(ascii: "\\"), body.count > 1 { body.removeFirst() }
    let (value, length) = character(body)
    body.removeFirst(length)
    return value
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

  private static func lowercase(_ value: UInt32) -> UInt32 { mapped(value, \.lowercaseMapping) }
  private static func uppercase(_ value: UInt32) -> UInt32 { mapped(value, \.uppercaseMapping) }

  /// A character whose other case is longer, such as ß, stays as it is.
  private static func mapped(_ value: UInt32, _ mapping: KeyPath<Unicode.Scalar.Properties, String>) -> UInt32 {
    guard let scalar = Unicode.Scalar(value) else { return value }
    let other = scalar.properties[keyPath: mapping].unicodeScalars
    return other.count == 1 ? other.first!.value : value
  }
}
