/// Calls `body` with C strings that live during the call, for functions that take an array of them.
public func withCStrings<R>(_ strings: [String], _ body: ([UnsafePointer<CChar>]) -> R) -> R {
  func descend(_ rest: ArraySlice<String>, _ pointers: [UnsafePointer<CChar>]) -> R {
    guard let first = rest.first else { return body(pointers) }
    return first.withCString { descend(rest.dropFirst(), pointers + [$0]) }
  }
  return descend(strings[...], [])
}
