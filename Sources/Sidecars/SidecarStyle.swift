import Platform
import Recognition

/// How a sidecar is named.
public enum SidecarStyle: String, Sendable, CaseIterable {
  /// photo.jpg.xmp: of darktable and digiKam.
  case darktable
  /// photo.xmp: of Lightroom, Camera Raw and Bridge. Images that differ in their extension alone share one.
  case lightroom

  /// Path of the sidecar of `image`.
  public func sidecar(of image: RawPath) -> RawPath {
    switch self {
    case .darktable: RawPath(image.bytes + Self.ending)
    case .lightroom: RawPath(Array(image.stem) + Self.ending)
    }
  }

  /// Whether several images may have one sidecar.
  public var isShared: Bool {
    switch self {
    case .darktable: false
    case .lightroom: true
    }
  }

  private static let ending = Array(".xmp".utf8)
}

/// The camera raw files of a folder, whose are the sidecars that they share with a JPEG beside them.
public struct RawSiblings {
  private static let extensions = Set(CameraRawKind.allCases.map(\.rawValue))

  private var folder: RawPath?
  /// Names of the raw files by what is before their extension.
  private var names: [[UInt8]: RawPath] = [:]

  public init() {}

  /// The raw file to which the sidecar of `image` belongs; nil if no such file exists, or if the image is one.
  public mutating func owner(of image: RawPath) -> RawPath? {
    if let ending = image.fileExtension, Self.extensions.contains(ending) { return nil }
    let folder = image.parent
    if folder != self.folder {
      self.folder = folder
      names = [:]
      for name in FileSystem.names(in: folder).map({ RawPath($0) }) {
        guard let ending = name.fileExtension, Self.extensions.contains(ending) else { continue }
        names[Array(name.stem)] = name
      }
    }
    return names[Array(RawPath(image.lastComponent).stem)]
  }
}
