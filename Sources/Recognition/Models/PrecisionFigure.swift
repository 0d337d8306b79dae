extension ModelCard {
  /// What a number format costs and gains against float32 on the same engine, as measured.
  public struct PrecisionFigure: Sendable, Codable {
    public var engine: EngineKind
    public var precision: Precision
    /// Share of the answers that are those in float32: same first class, same boxes, same text; 1 if only digits differ.
    public var agreement: Double
    /// How many times as fast as float32 it is.
    public var speedup: Double
    /// On what the two were measured, and on what machine.
    public var data: String
    public var source: String

    public init(
      engine: EngineKind, precision: Precision, agreement: Double, speedup: Double, data: String, source: String
    ) {
      self.engine = engine
      self.precision = precision
      self.agreement = agreement
      self.speedup = speedup
      self.data = data
      self.source = source
    }

    public static let leastAgreement = 0.995
    public static let leastSpeedup = 1.15

    /// Whether it costs no answers and is worth another number format.
    public var pays: Bool { agreement >= Self.leastAgreement && speedup >= Self.leastSpeedup }
  }

  /// The figure of `use` if it pays; nil if it does not, or was not measured.
  public func figure(of use: EngineUse) -> PrecisionFigure? {
    precisions?.first { $0.engine == use.kind && $0.precision == use.precision && $0.pays }
  }
}
