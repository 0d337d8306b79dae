import CONNXRuntime
import EngineSupport
import Platform

extension ORTError {
  /// The message as text.
  var text: String { String(cArray: message) }
}

/// ONNX Runtime's library.
///
/// Unchecked: ONNX Runtime's environment may be used by several threads.
struct ONNXRuntimeLibrary: OpenedLibrary, @unchecked Sendable {
  let handle: OpaquePointer

  static let library = EngineLibrary.onnxruntime
  static let opened = open()

  init(path: String) throws(SetupError) {
    var error = ORTError()
    var opened: OpaquePointer?
    guard connxruntime_open(path, &opened, &error) == 0, let opened else { throw SetupError(error.text) }
    handle = opened
  }

  var version: String { String(cString: connxruntime_version(handle)) }
  var path: String { String(cString: connxruntime_path(handle)) }
}
