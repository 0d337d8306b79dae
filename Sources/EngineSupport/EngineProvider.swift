import Platform
import Recognition

/// Interface of an engine to the rest of the program: its library, and a factory of engines. Each engine's module has
/// one, and the registry lists them.
public struct EngineProvider: Sendable {
  public let kind: EngineKind
  /// The library that is opened at run time; nil for an engine that is linked.
  public let library: EngineLibrary?
  /// The precisions in which it computes, on processors that have them.
  public let precisions: Set<Precision>
  /// Whether this processor has the precision, as the engine's library, which it opens, sees it.
  public let processorHas: @Sendable (Precision) -> Bool
  /// Opens the engine's library; returns its version and file (nil if linked). Throws if it is missing or too old.
  public let open: @Sendable () throws(SetupError) -> (version: String, path: String?)
  /// Opens the library in a file and returns its version. Throws if it does not open or is too old.
  public let version: @Sendable (_ path: String) throws(SetupError) -> String
  /// Makes engines for a model, one for each worker. They may share the network.
  ///
  /// Throws if the library is missing, or the model's file does not match its card.
  public let makeInstances: @Sendable (LoadedModel, EngineOptions) throws(SetupError) -> [any Engine]

  public init(
    kind: EngineKind, library: EngineLibrary?, precisions: Set<Precision> = [.f32],
    processorHas: @escaping @Sendable (Precision) -> Bool = { _ in true },
    open: @escaping @Sendable () throws(SetupError) -> (version: String, path: String?),
    version: @escaping @Sendable (_ path: String) throws(SetupError) -> String,
    makeInstances: @escaping @Sendable (LoadedModel, EngineOptions) throws(SetupError) -> [any Engine]
  ) {
    self.kind = kind
    self.library = library
    self.precisions = precisions
    self.processorHas = processorHas
    self.open = open
    self.version = version
    self.makeInstances = makeInstances
  }
}

/// How engines are made.
public struct EngineOptions: Sendable {
  /// Number of engines, at least 1.
  public var instances: Int
  /// Threads of each engine's calls, at least 1.
  public var threads: Int
  public var precision: Precision
  /// Folder for compiled networks; nil: none are stored.
  public var cacheDirectory: String?

  public init(instances: Int = 1, threads: Int = 1, precision: Precision = .f32, cacheDirectory: String? = nil) {
    self.instances = max(1, instances)
    self.threads = max(1, threads)
    self.precision = precision
    self.cacheDirectory = cacheDirectory
  }
}
