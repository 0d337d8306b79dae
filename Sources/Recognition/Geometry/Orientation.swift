/// The eight EXIF orientations of a stored picture (tag 0x0112; JEITA CP-3451).
public enum Orientation: Int, Sendable, CaseIterable {
  case upright = 1
  case mirrored, rotated180, flipped, transposed, rotated90, transversed, rotated270

  /// Whether width and height are exchanged.
  public var swapsAxes: Bool { rawValue >= 5 }

  /// The stored pixel of the upright pixel (x, y) of a picture with upright size `size`.
  public func stored(x: Int, y: Int, upright size: PixelSize) -> (x: Int, y: Int) {
    let (right, bottom) = (size.width - 1 - x, size.height - 1 - y)
    return switch self {
    case .upright: (x, y)
    case .mirrored: (right, y)
    case .rotated180: (right, bottom)
    case .flipped: (x, bottom)
    case .transposed: (y, x)
    case .rotated90: (y, right)
    case .transversed: (bottom, right)
    case .rotated270: (bottom, x)
    }
  }
}
