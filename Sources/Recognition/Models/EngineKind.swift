/// The engines, by the names that cards, flags and records use.
public enum EngineKind: String, Sendable, Codable, CaseIterable {
  case opencv, openvino, onnxruntime, zxing

  /// The engines for a user's own file of `format` whose card names none, the preferred first; nil: no format is known.
  public static func defaults(for format: ModelCard.Format?) -> [EngineKind] {
    switch format {
    case .onnx: [.openvino, .onnxruntime, .opencv]
    case .tflite, .ir: [.openvino]
    case .caffe, .tensorflow, .darknet, .torch, .cascade, .computed, nil: [.opencv]
    }
  }
}
