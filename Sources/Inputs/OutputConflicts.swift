import Platform

// What the checks of outputs ask about inputs.

extension RawPath {
  /// Whether a walk takes a file of this name for an image.
  public var isNamedLikeImage: Bool { ImageNameFilter(self) == .image }
}

extension PathList {
  /// Whether the rest of the list names the file, under any of its names.
  public func names(_ file: FileIdentity) -> Bool {
    while let entry = next() {
      if case .path(let path) = entry, FileIdentity(path) == file { return true }
    }
    return false
  }
}
