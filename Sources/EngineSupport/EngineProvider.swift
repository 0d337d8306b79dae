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
  /// The library with the parts for its other devices; nil if it knows none.
  public var deviceLibrary: EngineLibrary?
  /// Opens the library for a device other than the processor, and the device. Throws with the reason if this machine
  /// lacks one of them.
  public var openDevice: @Sendable (ComputeDevice) throws(SetupError) -> OpenedDevice
  /// Opens the library in a file and returns its version. Throws if it does not open or is too old.
  public let version: @Sendable (_ path: String) throws(SetupError) -> String
  /// Makes engines for a model, one for each worker. They may share the network.
  ///
  /// Throws if the library is missing, or the model's file does not match its card.
  public var makeInstances: @Sendable (LoadedModel, EngineOptions) throws(SetupError) -> [any Engine]

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
    openDevice = { device throws(SetupError) in throw SetupError("\(kind.rawValue) does not run on \(device.rawValue)")
    }
  }

  /// Opens the engine's library for a device; returns its version and file (nil if linked).
  public func open(on device: ComputeDevice) throws(SetupError) -> (version: String, path: String?) {
    guard device != .cpu else { return try open() }
    let opened = try openDevice(device)
    return (opened.version, opened.path)
  }
}

/// A device other than the processor, and the library that computes on it.
public struct OpenedDevice: Sendable {
  /// The names of the devices of this kind, the first of which is used.
  public var names: [String]
  public var version: String
  public var path: String

  public init(names: [String], version: String, path: String) {
    (self.names, self.version, self.path) = (names, version, path)
  }
}

/// How engines are made.
public struct EngineOptions: Sendable {
  /// Number of engines, at least 1.
  public var instances: Int
  /// Threads of each engine's calls, at least 1.
  public var threads: Int
  public var precision: Precision
  public var device: ComputeDevice
  /// Folder for compiled networks; nil: none are stored.
  public var cacheDirectory: String?

  public init(
    instances: Int = 1, threads: Int = 1, precision: Precision = .f32, device: ComputeDevice = .cpu,
    cacheDirectory: String? = nil
  ) {
    self.instances = max(1, instances)
    self.threads = max(1, threads)
    self.precision = precision
    self.device = device
    self.cacheDirectory = cacheDirectory
  }
}
