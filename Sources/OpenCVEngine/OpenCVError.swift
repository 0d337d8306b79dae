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

/// Calls a function of COpenCV; returns nil on success, else its failure.
func refusal(_ call: (inout CVError) -> CVStatus) -> Failure? {
  var error = CVError()
  return switch call(&error) {
  case .ok: nil
  case .outOfMemory: Failure(.infer, .outOfMemory, error.text)
  case .refused, .unknown: Failure(.infer, .inferenceFailed, error.text)
  }
}
