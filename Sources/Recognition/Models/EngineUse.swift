/// An engine and the number format in which it computes a network.
public struct EngineUse: Sendable, Hashable {
  public var kind: EngineKind
  public var precision: Precision

  public init(_ kind: EngineKind, _ precision: Precision = .f32) {
    self.kind = kind
    self.precision = precision
  }

  /// `openvino` in f32, `openvino/bf16` and so on in the other formats: the name in records and files of rates.
  public var name: String { precision == .f32 ? kind.rawValue : "\(kind.rawValue)/\(precision.rawValue)" }

  /// The names of all uses, the possible values in records.
  public static var names: [String] {
    EngineKind.allCases.flatMap { kind in Precision.allCases.map { EngineUse(kind, $0).name } }
  }
}
