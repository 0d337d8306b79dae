/// An output format of pictures.
public enum EncodedFormat: String, Sendable, CaseIterable {
  case jpeg, png, webp

  /// Maximum pixels of a side: the limits of libjpeg, PNG and WebP.
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
