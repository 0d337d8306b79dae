import Recognition

/// How a run uses a store.
public struct CacheConfiguration: Sendable {
  public var store: any ResultStore
  /// False: everything is recognised anew, and kept.
  public var looksUp: Bool
  /// What is asked of each image, in the order of the tasks.
  public var queries: [TaskQuery]
  /// Writes an answer as the store keeps it (`CachedAnswer`).
  public var encode: @Sendable (Answer, ImageFacts, [String]) -> [UInt8]
  /// Reads kept findings, where the sink needs them as more than JSON.
  public var decode: (@Sendable ([UInt8], TaskKind) -> Findings?)?

  public init(
    store: any ResultStore, looksUp: Bool = true, queries: [TaskQuery],
    encode: @escaping @Sendable (Answer, ImageFacts, [String]) -> [UInt8],
    decode: (@Sendable ([UInt8], TaskKind) -> Findings?)? = nil
  ) {
    self.store = store
    self.looksUp = looksUp
    self.queries = queries
    self.encode = encode
    self.decode = decode
  }
}

/// What one task asks of each image, and the names that its kept answers go by in records.
public struct TaskQuery: Sendable {
  public var task: TaskKind
  public var query: QueryKey
  /// The network that answers first, and what runs it.
  public var reference: String
  public var engine: EngineKind
  /// The same of a second network.
  public var second: (reference: String, engine: EngineKind)?

  public init(
    task: TaskKind, query: QueryKey, reference: String, engine: EngineKind,
    second: (reference: String, engine: EngineKind)? = nil
  ) {
    self.task = task
    self.query = query
    self.reference = reference
    self.engine = engine
    self.second = second
  }

  /// What runs the network that a kept answer is of; nil: the first one.
  func engine(of reference: String?) -> EngineKind {
    guard let second, second.reference == reference else { return engine }
    return second.engine
  }
}
