import COpenCV
import Platform
import Recognition

extension CVError {
  /// The message as text.
  var text: String { String(cArray: message) }
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
