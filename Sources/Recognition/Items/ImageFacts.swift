/// Facts about the file and the picture, as far as they are known.
public struct ImageFacts: Sendable, Equatable {
  /// SHA-256 of the bytes.
  public var digest: [UInt8]?
  public var bytes: Int?
  public var format: ImageFormat?
  /// Camera raw files only: the maker's kind; nil if it is unknown.
  public var rawKind: CameraRawKind?
  /// The upright size.
  public var size: PixelSize?
  public var orientation: Orientation?
  /// Number of pages of the file, if it has several.
  public var pages: Int?
  /// What the file states about its picture; nil if that was not read.
  public var exif: ExifFields?

  public init() {}

  /// The format as records name it: for a camera raw file its kind.
  public var formatName: String? { rawKind?.rawValue ?? format?.rawValue }
}
