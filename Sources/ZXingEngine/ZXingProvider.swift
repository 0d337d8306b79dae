import CZXing
import EngineSupport
import Platform
import Recognition

extension EngineProvider {
  /// ZXing-C++, which reads codes without a network; opened at run time.
  ///
  /// `executable` starts the processes that read; nil: this process reads itself.
  public static func zxing(executable: String?) -> EngineProvider {
    EngineProvider(
      kind: .zxing, library: nil, open: open,
      version: { _ throws(SetupError) in try open().version },
      makeInstances: { model, options throws(SetupError) in
        _ = try open()
        return try (0..<options.instances).map { _ throws(SetupError) in
          try ZXingEngine(model: model, executable: executable)
        }
      })
  }

  private static func open() throws(SetupError) -> (version: String, path: String?) {
    var error = CZXingError()
    guard let path = czxing_open(&error), let version = czxing_version() else {
      let isBuilt = czxing_version() != nil
      throw SetupError(error.text + (isBuilt ? "; install the package libzxing2" : ""))
    }
    return (String(cString: version), String(cString: path))
  }
}

extension CZXingError {
  var text: String {
    withUnsafeBytes(of: message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
