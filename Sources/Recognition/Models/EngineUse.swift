/// An engine, the device on which it computes a network, and the number format.
public struct EngineUse: Sendable, Hashable {
  public var kind: EngineKind
  public var precision: Precision
  public var device: ComputeDevice

  public init(_ kind: EngineKind, _ precision: Precision = .f32, on device: ComputeDevice = .cpu) {
    self.kind = kind
    self.precision = precision
    self.device = device
  }

  /// `openvino` on the processor in f32, `openvino/bf16` and so on in the other formats, `onnxruntime/cuda` on another
  /// device: the name in records and files of rates.
  public var name: String {
    ([kind.rawValue] + (device == .cpu ? [] : [device.rawValue]) + (precision == .f32 ? [] : [precision.rawValue]))
      .joined(separator: "/")
  }

  /// All uses. Other devices than the processor compute in f32.
  public static var all: [EngineUse] {
    EngineKind.allCases.flatMap { kind in
      kind.devices.flatMap { device in
        (device == .cpu ? Precision.allCases : [.f32]).map { EngineUse(kind, $0, on: device) }
      }
    }
  }

  /// The names of all uses, the possible values in records.
  public static var names: [String] { all.map(\.name) }
}
