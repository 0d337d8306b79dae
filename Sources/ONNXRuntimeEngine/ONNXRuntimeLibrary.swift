import CONNXRuntime
import EngineSupport
import Platform

extension ORTError {
  /// The message as text.
  var text: String {
    withUnsafeBytes(of: message) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}

/// ONNX Runtime, opened once per process and never closed.
struct ONNXRuntimeLibrary: @unchecked Sendable {  // ONNX Runtime's environment may be used by several threads
  let handle: OpaquePointer

  private static let opened: Result<ONNXRuntimeLibrary, SetupError> = Result { () throws(SetupError) in
    try EngineLibrary.onnxruntime.open { path in
      Result { () throws(SetupError) in try ONNXRuntimeLibrary(path: path) }
    }
  }

  init(path: String) throws(SetupError) {
    var error = ORTError()
    var opened: OpaquePointer?
    guard ortface_open(path, &opened, &error) == 0, let opened else { throw SetupError(error.text) }
    handle = opened
  }

  var version: String { String(cString: ortface_version(handle)) }

  static func shared() throws(SetupError) -> ONNXRuntimeLibrary { try opened.get() }
}
