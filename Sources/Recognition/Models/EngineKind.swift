/// What runs networks.
public enum EngineKind: String, Sendable, Codable, CaseIterable { case opencv, openvino, onnxruntime }
