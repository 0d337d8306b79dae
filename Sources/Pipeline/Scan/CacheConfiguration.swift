import Recognition

/// The cache of a run.
public struct CacheConfiguration: Sendable {
  public var store: any ResultStore
  /// Whether answers are looked up; if not, all images are recognised and their answers cached.
  public var looksUp: Bool
  /// The queries of each image, in the order of the tasks.
  public var queries: [TaskQuery]
  /// Whether the sink needs cached findings as values, not only as JSON.
  public var readsFindings: Bool
  /// Whether records have EXIF fields, which are then looked up and cached too.
  public var readsExif: Bool

  public init(
    store: any ResultStore, looksUp: Bool = true, queries: [TaskQuery], readsFindings: Bool = false,
    readsExif: Bool = false
  ) {
    self.store = store
    self.looksUp = looksUp
    self.queries = queries
    self.readsFindings = readsFindings
    self.readsExif = readsExif
  }
}

/// One task's query of each image, and the names that its cached answers have in records.
public struct TaskQuery: Sendable {
  public var task: TaskKind
  public var query: QueryKey
  /// The model that answers first, and its engine.
  public var reference: String
  public var engine: EngineUse
  /// The same for the second model.
  public var second: (reference: String, engine: EngineUse)?

  public init(
    task: TaskKind, query: QueryKey, reference: String, engine: EngineUse,
    second: (reference: String, engine: EngineUse)? = nil
  ) {
    self.task = task
    self.query = query
    self.reference = reference
    self.engine = engine
    self.second = second
  }

  /// The engine of the model `reference` that gave a cached answer; nil: the first model.
  func engine(of reference: String?) -> EngineUse {
    guard let second, second.reference == reference else { return engine }
    return second.engine
  }
}
