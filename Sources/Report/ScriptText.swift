import Records

/// Text inside a script element of the page that no script engine runs. None of its characters ends the element or begins
/// a comment in it.
struct ScriptText {
  private(set) var out = ByteWriter()

  /// Appends JSON, whose strings may hold anything: outside of strings JSON has none of the characters that are escaped.
  mutating func append(json: [UInt8]) {
    var start = 0
    for (index, byte) in json.enumerated() {
      let escape: String
      switch byte {
      case UInt8(ascii: "<"): escape = "\\u003c"
      case UInt8(ascii: ">"): escape = "\\u003e"
      case UInt8(ascii: "&"): escape = "\\u0026"
      default: continue
      }
      out.append(json[start..<index])
      out.append(escape)
      start = index + 1
    }
    out.append(json[start...])
  }

  /// Appends base64 of `bytes`.
  mutating func append(base64 bytes: [UInt8]) { out.append(base64: bytes) }

  /// Appends text that is escaped already.
  mutating func append(_ text: some Sequence<UInt8>) { out.append(text) }

  mutating func append(_ text: StaticString) { text.withUTF8Buffer { out.append($0) } }

  /// Removes the text and keeps the capacity.
  mutating func removeAll() { out.removeAll() }
}

extension JSONWriter {
  /// Writes an array of whole numbers.
  mutating func array(_ numbers: some Sequence<Int>) {
    beginArray()
    for number in numbers { self.number(number) }
    endArray()
  }

  /// Writes an array of strings.
  mutating func array(_ texts: some Sequence<String>) {
    beginArray()
    for text in texts { string(text) }
    endArray()
  }
}
