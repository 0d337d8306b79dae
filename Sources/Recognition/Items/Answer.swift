import Platform

/// One task's answer, and the network that gave it.
public struct Answer: Sendable, Equatable {
  public var task: TaskKind
  /// `name@` and the first eight digits of the network's SHA-256.
  public var model: String
  /// What ran the network; nil where none was run.
  public var engine: EngineKind?
  public var findings: Findings
  /// The network's name again where it is another than the one that was to answer first.
  public var answeringModel: String?
  /// Whether a cascade's light network was not sure enough of it.
  public var isUnsure = false
  /// Whether it stands in for that of a network which failed.
  public var isFallback = false
  /// The findings in JSON as a store gave them; records then hold these bytes. `findings` is filled in only where a
  /// sink needs it.
  public var stored: [UInt8]?

  public init(task: TaskKind, model: String, engine: EngineKind? = nil, findings: Findings) {
    self.task = task
    self.model = model
    self.engine = engine
    self.findings = findings
  }
}
