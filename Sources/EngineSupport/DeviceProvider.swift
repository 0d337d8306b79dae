import Platform
import Recognition

/// A library with a device other than the processor open, and the names of the devices of that kind.
public typealias LibraryOnDevice<Library> = (library: Library, devices: [String])

extension EngineProvider {
  /// The provider with a device besides the processor. `library` has the parts for it; `opened` is a constant.
  public func adding<Library: OpenedLibrary>(
    _ device: ComputeDevice, by library: EngineLibrary,
    opened: @escaping @Sendable () -> Result<LibraryOnDevice<Library>, SetupError>,
    makeInstances: @escaping @Sendable (LoadedModel, EngineOptions, Library) throws(SetupError) -> [any Engine]
  ) -> EngineProvider {
    var provider = self
    let (onProcessor, kind) = (self.makeInstances, self.kind)
    provider.makeInstances = { model, options throws(SetupError) in
      guard options.device == device else { return try onProcessor(model, options) }
      return try makeInstances(model, options, opened().get().library)
    }
    provider.deviceLibrary = library
    provider.openDevice = { asked throws(SetupError) in
      guard asked == device else { throw SetupError("\(kind.rawValue) does not run on \(asked.rawValue)") }
      let (library, names) = try opened().get()
      return OpenedDevice(names: names, version: library.version, path: library.path)
    }
    return provider
  }
}
