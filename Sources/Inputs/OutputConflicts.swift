import Platform
import Recognition

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

/// How a container takes the names of its members.
public enum MemberClass: Sendable {
  /// Whether a member of this name is passed over whatever its bytes are.
  public static func isPassedOver(_ name: RawPath) -> Bool { ImageNameFilter(name) == .other }

  /// Whether a member of an unclear name is taken for an image by its format.
  public static func isImage(_ format: ImageFormat?) -> Bool { ImageNameFilter.isImage(format) }
}
