/// Reads XML token after token, within limits: no document type, and so no entities but those of XML itself; no more than
/// `maxDepth` levels. Offsets are those of the bytes, so that text that is not read stays as it is.
struct XMLScanner {
  enum Token {
    case start(Tag)
    /// Offset of its first byte.
    case end(from: Int)
    case text(Range<Int>)
    case comment
    /// A processing instruction, with its target.
    case instruction(String)
  }

  struct Attribute {
    var prefix: Substring
    var name: Substring
    /// With entities resolved.
    var value: String
    /// From its name to its closing quotation mark.
    var range: Range<Int>
    /// Without the quotation marks, with entities as they are.
    var raw: Range<Int>
  }

  struct Tag {
    var prefix: Substring
    var name: Substring
    var attributes: [Attribute]
    var range: Range<Int>
    /// The name as it is written, which the end tag repeats.
    var written: Range<Int>
    /// It has no content: `<a/>`.
    var isEmpty: Bool
  }

  static let maxDepth = 100
  /// Of one tag.
  static let maxAttributes = 20_000

  let bytes: [UInt8]
  private(set) var offset = 0
  /// Names of the open elements.
  private var open: [Range<Int>] = []
  private var hasRoot = false
  /// The end of an element without content, which the next token reports.
  private var pendingEnd: Int?

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    if starts(with: [0xef, 0xbb, 0xbf], at: 0) { offset = 3 }
  }

  /// The next token; nil at the end of the document.
  mutating func next() throws(SidecarError) -> Token? {
    if let end = pendingEnd {
      pendingEnd = nil
      return .end(from: end)
    }
    guard let byte = byte(offset) else {
      guard open.isEmpty, hasRoot else { throw Self.cutOff }
      return nil
    }
    let start = offset
    guard byte == UInt8(ascii: "<") else {
      while let next = self.byte(offset), next != UInt8(ascii: "<") { offset += 1 }
      if open.isEmpty, !bytes[start..<offset].allSatisfy(Self.isSpace) { throw Self.malformed("text outside of it") }
      return .text(start..<offset)
    }
    switch self.byte(offset + 1) {
    case UInt8(ascii: "?"):
      let end = try find("?>", from: offset + 2)
      offset = end + 2
      let target = bytes[(start + 2)..<end].prefix { !Self.isSpace($0) }
      if target.elementsEqual("xml".utf8) { try checkDeclaration(start..<end) }
      return .instruction(String(decoding: target, as: UTF8.self))
    case UInt8(ascii: "!"):
      if starts(with: Array("<!--".utf8), at: start) {
        offset = try find("-->", from: start + 4) + 3
        return .comment
      }
      guard starts(with: Array("<![CDATA[".utf8), at: start), !open.isEmpty else {
        throw SidecarError("it has a document type, which no XMP has")
      }
      offset = try find("]]>", from: start + 9) + 3
      return .text(start..<offset)
    case UInt8(ascii: "/"):
      offset += 2
      let name = try takeName()
      skipSpaces()
      try take(UInt8(ascii: ">"))
      guard let last = open.popLast(), bytes[last] == bytes[name] else { throw Self.malformed("an end tag of another") }
      return .end(from: start)
    default: return .start(try takeTag(from: start))
    }
  }

  private mutating func takeTag(from start: Int) throws(SidecarError) -> Tag {
    offset += 1
    let written = try takeName()
    guard !open.isEmpty || !hasRoot else { throw Self.malformed("two roots") }
    hasRoot = true
    var attributes: [Attribute] = []
    while true {
      let before = offset
      skipSpaces()
      let isEmpty = byte(offset) == UInt8(ascii: "/")
      if isEmpty { offset += 1 }
      if isEmpty || byte(offset) == UInt8(ascii: ">") {
        try take(UInt8(ascii: ">"))
        if isEmpty {
          pendingEnd = start
        } else {
          open.append(written)
          guard open.count <= Self.maxDepth else { throw SidecarError("it has more than \(Self.maxDepth) levels") }
        }
        let (prefix, name) = split(written)
        return Tag(
          prefix: prefix, name: name, attributes: attributes, range: start..<offset, written: written, isEmpty: isEmpty)
      }
      guard offset < bytes.count else { throw Self.cutOff }
      guard before < offset else { throw Self.malformed("no space before an attribute") }
      attributes.append(try takeAttribute())
      guard attributes.count <= Self.maxAttributes else { throw SidecarError("a tag of it has too many attributes") }
    }
  }

  private mutating func takeAttribute() throws(SidecarError) -> Attribute {
    let written = try takeName()
    skipSpaces()
    try take(UInt8(ascii: "="))
    skipSpaces()
    guard let quote = byte(offset) else { throw Self.cutOff }
    guard quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else {
      throw Self.malformed("an attribute without quotation marks")
    }
    let start = offset + 1
    offset = start
    while let next = byte(offset), next != quote {
      guard next != UInt8(ascii: "<") else { throw Self.malformed("a tag in an attribute") }
      offset += 1
    }
    guard offset < bytes.count else { throw Self.cutOff }
    let raw = start..<offset
    offset += 1
    let (prefix, name) = split(written)
    return Attribute(
      prefix: prefix, name: name, value: try Self.text(bytes[raw]), range: written.lowerBound..<offset, raw: raw)
  }

  // MARK: Parts

  private func byte(_ at: Int) -> UInt8? { at < bytes.count ? bytes[at] : nil }

  private func starts(with prefix: [UInt8], at start: Int) -> Bool {
    start <= bytes.count && bytes[start...].starts(with: prefix)
  }

  /// Offset of the next `mark`, of two or three characters.
  private func find(_ mark: StaticString, from start: Int) throws(SidecarError) -> Int {
    let length = mark.utf8CodeUnitCount
    var at = start
    while at <= bytes.count - length {
      if bytes[at] == mark.utf8Start[0], (1..<length).allSatisfy({ bytes[at + $0] == mark.utf8Start[$0] }) { return at }
      at += 1
    }
    throw Self.cutOff
  }

  private mutating func skipSpaces() {
    while let next = byte(offset), Self.isSpace(next) { offset += 1 }
  }

  private mutating func take(_ expected: UInt8) throws(SidecarError) {
    guard let next = byte(offset) else { throw Self.cutOff }
    guard next == expected else { throw Self.malformed("a tag of no form") }
    offset += 1
  }

  private mutating func takeName() throws(SidecarError) -> Range<Int> {
    let start = offset
    while let next = byte(offset), Self.isName(next) { offset += 1 }
    guard offset < bytes.count else { throw Self.cutOff }
    guard start < offset, bytes[start] >= 0x3a else { throw Self.malformed("a tag without name") }
    return start..<offset
  }

  private func split(_ written: Range<Int>) -> (prefix: Substring, name: Substring) {
    let text = Substring(String(decoding: bytes[written], as: UTF8.self))
    guard let colon = text.firstIndex(of: ":") else { return ("", text) }
    return (text[..<colon], text[text.index(after: colon)...])
  }

  private func checkDeclaration(_ range: Range<Int>) throws(SidecarError) {
    let text = String(decoding: bytes[range], as: UTF8.self).lowercased()
    guard let encoding = text.firstRange(of: "encoding") else { return }
    let value = text[encoding.upperBound...].drop { " \t\r\n=\"'".contains($0) }.prefix { !"\"' ".contains($0) }
    guard ["utf-8", "utf8", "us-ascii"].contains(value) else {
      throw SidecarError("it is in \(value.prefix(20)), and only UTF-8 is read")
    }
  }

  static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d }

  /// Whether a name may have the byte: a letter, a digit, one of `-._:`, or part of a character beyond ASCII.
  private static func isName(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x3a, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f, 0x80...0xff: true
    default: false
    }
  }

  /// Text with its entities resolved.
  static func text(_ raw: ArraySlice<UInt8>) throws(SidecarError) -> String {
    let text = String(decoding: raw, as: UTF8.self)
    guard text.utf8.contains(UInt8(ascii: "&")) else { return text }
    var result = ""
    var rest = text[...]
    while let start = rest.firstIndex(of: "&") {
      guard let end = rest[start...].firstIndex(of: ";"), let character = character(rest[start..<end].dropFirst())
      else {
        throw malformed("an entity that is none of XML")
      }
      result += rest[..<start]
      result.unicodeScalars.append(character)
      rest = rest[rest.index(after: end)...]
    }
    return result + rest
  }

  private static func character(_ entity: Substring) -> Unicode.Scalar? {
    switch entity {
    case "amp": return "&"
    case "lt": return "<"
    case "gt": return ">"
    case "quot": return "\""
    case "apos": return "'"
    default:
      guard entity.hasPrefix("#") else { return nil }
      let digits = entity.dropFirst()
      let number = digits.hasPrefix("x") ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
      return number.flatMap(Unicode.Scalar.init)
    }
  }

  private static let cutOff = SidecarError("it is cut off")

  private static func malformed(_ part: String) -> SidecarError { SidecarError("it is not XML: \(part)") }
}
