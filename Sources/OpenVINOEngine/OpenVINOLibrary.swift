import COpenVINO
import EngineSupport
import Platform

extension OVError {
  /// The message as text.
  var text: String {
    withUnsafeBytes(of: message) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}

/// OpenVINO, opened once per process and never closed.
struct OpenVINOLibrary: @unchecked Sendable {  // OpenVINO's core may be used by several threads
  let handle: OpaquePointer
  /// Processor name and optimisation capabilities, as OpenVINO reports them. The query loads its CPU plug-in.
  let processor: String

  private static let opened: Result<OpenVINOLibrary, SetupError> = Result { () throws(SetupError) in
    try EngineLibrary.openvino.open { path in
      Result { () throws(SetupError) in try OpenVINOLibrary(path: path) }
    }
  }

  init(path: String) throws(SetupError) {
    var error = OVError()
    var opened: OpaquePointer?
    guard ovface_open(path, &opened, &error) == 0, let opened else { throw SetupError(error.text) }
    handle = opened
    processor = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { text in
      ovface_processor(opened, text.baseAddress!, text.count)
      return String(cString: text.baseAddress!)
    }
  }

  var version: String { String(cString: ovface_version(handle)) }

  static func shared() throws(SetupError) -> OpenVINOLibrary { try opened.get() }
}
