/// A format that pictures are written in.
public enum EncodedFormat: String, Sendable, CaseIterable {
  case jpeg, png, webp

  /// The most pixels a side may have: libjpeg's, PNG's and WebP's own limits.
  public var longestSide: Int {
    switch self {
    case .jpeg: 65_500
    case .png: 2_147_483_647
    case .webp: 16_383
    }
  }

  public var hasAlpha: Bool { self != .jpeg }
  public var fileExtension: String { self == .jpeg ? "jpg" : rawValue }
}
