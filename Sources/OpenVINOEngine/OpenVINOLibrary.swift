import COpenVINO
import EngineSupport
import Platform

extension OVError {
  /// The message as text.
  var text: String { String(cArray: message) }
}

/// OpenVINO's C library.
struct OpenVINOLibrary: OpenedLibrary, @unchecked Sendable {  // OpenVINO's core may be used by several threads
  let handle: OpaquePointer
  /// Processor name and optimisation capabilities, as OpenVINO reports them. The query loads its CPU plug-in.
  let processor: String

  static let library = EngineLibrary.openvino
  static let opened = open()

  init(path: String) throws(SetupError) {
    var error = OVError()
    var opened: OpaquePointer?
    guard copenvino_open(path, &opened, &error) == 0, let opened else { throw SetupError(error.text) }
    handle = opened
    processor = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { text in
      copenvino_processor(opened, text.baseAddress!, text.count)
      return String(cString: text.baseAddress!)
    }
  }

  /// Whether it computes in bf16 on this processor; elsewhere it takes that for f32 without a word.
  var hasBF16: Bool { processor.split(separator: " ").contains("BF16") }

  var version: String { String(cString: copenvino_version(handle)) }
  var path: String { String(cString: copenvino_path(handle)) }
}
