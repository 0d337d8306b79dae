import Platform

/// The exact bytes of arguments. Swift repairs what is not UTF-8, and a repaired path names no file.
public struct RawArguments: Sendable {
  /// The arguments whose text was repaired.
  private var repaired: [(text: String, bytes: [UInt8])] = []

  /// The arguments of this process.
  public init() {
    var arguments: [[UInt8]] = []
    for index in 0..<Int(CommandLine.argc) {
      guard let argument = CommandLine.unsafeArgv[index] else { break }
      arguments.append(Array(UnsafeRawBufferPointer(start: argument, count: strlen(argument))))
    }
    self.init(arguments)
  }

  init(_ arguments: [[UInt8]]) {
    for bytes in arguments where String(validating: bytes, as: UTF8.self) == nil {
      repaired.append((String(decoding: bytes, as: UTF8.self), bytes))
      // `--files-from=PATH`
      if bytes.starts(with: Array("--".utf8)), let equals = bytes.firstIndex(of: UInt8(ascii: "=")) {
        let value = Array(bytes[(equals + 1)...])
        repaired.append((String(decoding: value, as: UTF8.self), value))
      }
    }
  }

  /// The path that an argument names.
  public func path(_ text: String) -> RawPath { paths([text])[0] }

  /// The paths that arguments name; of several that look the same, each is given once, in their order.
  public func paths(_ texts: [String]) -> [RawPath] {
    var left = repaired
    return texts.map { text in
      guard !repaired.isEmpty, text.unicodeScalars.contains("\u{fffd}") else { return RawPath(text) }
      // Compared by scalars: String's equality would take other spellings for the same.
      let isSame = { (entry: (text: String, bytes: [UInt8])) in entry.text.utf8.elementsEqual(text.utf8) }
      if let index = left.firstIndex(where: isSame) { return RawPath(left.remove(at: index).bytes) }
      return repaired.first(where: isSame).map { RawPath($0.bytes) } ?? RawPath(text)
    }
  }
}
