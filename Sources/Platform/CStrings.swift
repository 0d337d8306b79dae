/// Calls `body` with C strings that live during the call, for functions that take an array of them.
public func withCStrings<R>(_ strings: [String], _ body: ([UnsafePointer<CChar>]) -> R) -> R {
  func descend(_ rest: ArraySlice<String>, _ pointers: [UnsafePointer<CChar>]) -> R {
    guard let first = rest.first else { return body(pointers) }
    return first.withCString { descend(rest.dropFirst(), pointers + [$0]) }
  }
  return descend(strings[...], [])
}

extension String {
  /// Creates the text of a fixed array of a C struct (`char message[512]`, which Swift imports as a tuple), up to its NUL.
  public init<CharArray>(cArray: CharArray) {
    self = withUnsafeBytes(of: cArray) { bytes in String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
