import Platform
import Recognition

/// An engine's library, opened at run time, once per process, and never closed: it has threads of its own.
public protocol OpenedLibrary: Sendable {
  /// Where the library is found.
  static var library: EngineLibrary { get }
  /// The library that `open()` opened, or why none did; a constant.
  static var opened: Result<Self, SetupError> { get }
  /// Opens the library in a file. Throws if it does not open or is too old.
  init(path: String) throws(SetupError)
  var version: String { get }
  /// The file that was opened, as the loader found it.
  var path: String { get }
}

extension OpenedLibrary {
  /// Opens the first of the library's candidates that opens; for `opened`.
  public static func open() -> Result<Self, SetupError> {
    open(from: library)
  }

  /// Opens the first candidate of another library with the same interface, such as the one for a device.
  public static func open(from library: EngineLibrary) -> Result<Self, SetupError> {
    Result { () throws(SetupError) in try library.open() }
  }
}

extension EngineProvider {
  /// Creates the provider of an engine whose library is opened at run time.
  public init<Library: OpenedLibrary>(
    kind: EngineKind, opening type: Library.Type, precisions: Set<Precision>,
    processorHas: @escaping @Sendable (Precision, Library) -> Bool = { _, _ in true },
    makeInstances: @escaping @Sendable (LoadedModel, EngineOptions, Library) throws(SetupError) -> [any Engine]
  ) {
    self.init(
      kind: kind, library: Library.library, precisions: precisions,
      processorHas: { precision in (try? Library.opened.get()).map { processorHas(precision, $0) } ?? false },
      open: { () throws(SetupError) in
        let library = try Library.opened.get()
        return (library.version, library.path)
      },
      version: { path throws(SetupError) in try Library(path: path).version },
      makeInstances: { model, options throws(SetupError) in
        try makeInstances(model, options, try Library.opened.get())
      })
  }
}
