import EngineSupport
import ONNXRuntimeEngine
import OpenCVEngine
import OpenVINOEngine
import Platform
import Recognition
import ZXingEngine

/// The engines of this program. A new engine is a module with a provider, a case of `EngineKind`, and one line here.
enum EngineRegistry {
  static let providers: [EngineProvider] = [
    .opencv, .openvino, .onnxruntime, .zxing(executable: Isolation.isOn ? HostInfo.executable : nil),
  ]

  /// Precondition: every kind has a provider.
  static func provider(_ kind: EngineKind) -> EngineProvider {
    guard let provider = providers.first(where: { $0.kind == kind }) else {
      preconditionFailure("no provider for \(kind.rawValue)")
    }
    return provider
  }

  /// The libraries that can be fetched, each with its engine.
  static var fetchable: [(library: EngineLibrary, provider: EngineProvider)] {
    providers.flatMap { provider in
      [provider.library, provider.deviceLibrary].compactMap(\.self).map { ($0, provider) }
    }
  }
  static var libraries: [EngineLibrary] { fetchable.map(\.library) }
}
