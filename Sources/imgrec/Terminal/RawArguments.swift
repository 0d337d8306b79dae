import Platform

/// Exact bytes of the arguments. Swift repairs arguments that are not UTF-8, and a repaired path names no file.
public struct RawArguments: Sendable {
  /// Arguments whose text was repaired.
  private var repaired: [(text: String, bytes: [UInt8])] = []

  /// Takes the arguments of this process.
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

  /// Returns the path that an argument names.
  public func path(_ text: String) -> RawPath { paths([text])[0] }

  /// Returns the path of an output file; nil for standard output.
  func outputFile(_ text: String?) -> RawPath? {
    guard let text, text != "-" else { return nil }
    let path = path(text)
    return path.standardStream == STDOUT_FILENO ? nil : path
  }

  /// Returns the paths that arguments name. Arguments that are equal after repair are matched in their order.
  public func paths(_ texts: [String]) -> [RawPath] {
    var unmatched = repaired
    return texts.map { text in
      guard !repaired.isEmpty, text.unicodeScalars.contains("\u{fffd}") else { return RawPath(text) }
      // Compared by bytes: String's equality ignores differences of Unicode normalisation.
      let isSame = { (entry: (text: String, bytes: [UInt8])) in entry.text.utf8.elementsEqual(text.utf8) }
      if let index = unmatched.firstIndex(where: isSame) { return RawPath(unmatched.remove(at: index).bytes) }
      return repaired.first(where: isSame).map { RawPath($0.bytes) } ?? RawPath(text)
    }
  }
}
