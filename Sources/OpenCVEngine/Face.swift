import COpenCV
import Recognition

extension CVError {
  /// The message as text.
  var text: String {
    withUnsafeBytes(of: message) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}

/// Calls a function of the face; nil where it went well.
func refusal(_ call: (inout CVError) -> CVStatus) -> Failure? {
  var error = CVError()
  return switch call(&error) {
  case .ok: nil
  case .outOfMemory: Failure(.infer, .outOfMemory, error.text)
  case .refused, .unknown: Failure(.infer, .inferenceFailed, error.text)
  }
}

/// Calls `body` with C strings that live during the call.
func withCStrings<R>(_ strings: [String], _ body: ([UnsafePointer<CChar>]) -> R) -> R {
  func descend(_ rest: ArraySlice<String>, _ pointers: [UnsafePointer<CChar>]) -> R {
    guard let first = rest.first else { return body(pointers) }
    return first.withCString { descend(rest.dropFirst(), pointers + [$0]) }
  }
  return descend(strings[...], [])
}
