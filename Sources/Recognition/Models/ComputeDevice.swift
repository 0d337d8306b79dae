/// Where networks run, by the names that flags and records use.
public enum ComputeDevice: String, Sendable, Codable, CaseIterable {
  /// The processor.
  case cpu
  /// An NVIDIA GPU, by CUDA.
  case cuda
  /// An Intel GPU, by OpenCL.
  case gpu
}

extension EngineKind {
  /// The devices that the engine knows, whether they are in this machine or not.
  public var devices: [ComputeDevice] {
    switch self {
    case .opencv, .zxing: [.cpu]
    case .openvino: [.cpu, .gpu]
    case .onnxruntime: [.cpu, .cuda]
    }
  }
}
