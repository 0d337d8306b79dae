import Platform

/// One task's answer, and the model that gave it.
public struct Answer: Sendable, Equatable {
  public var task: TaskKind
  /// `name@` and the first eight digits of the network's SHA-256.
  public var model: String
  /// The engine that ran the network, and its precision; nil if none did.
  public var engine: EngineUse?
  public var findings: Findings
  /// The model's name again, if it is not the one that answers first.
  public var answeringModel: String?
  /// Whether the score is below a cascade's threshold.
  public var isUnsure = false
  /// Whether a fallback gave it because the first model failed.
  public var isFallback = false
  /// The findings in JSON as the cache holds them; records then contain these bytes. `findings` is set only if a sink
  /// needs it.
  public var stored: [UInt8]?

  public init(task: TaskKind, model: String, engine: EngineUse? = nil, findings: Findings) {
    self.task = task
    self.model = model
    self.engine = engine
    self.findings = findings
  }
}
