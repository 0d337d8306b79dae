import Recognition

/// Limits on one image.
public struct DecodeLimits: Sendable {
  public var maxPixels = 50_000_000
  /// Maximum number of scans of a progressive JPEG.
  public var maxScans = 500
  /// Number of JPEG warnings above which decoding fails.
  public var maxWarnings = 100
  public var timeout: Duration = .seconds(30)
  /// Whether every scan of a progressive JPEG is read, even those that do not show in the reduced picture.
  public var wholeScans = false
  /// Whether JPEGs are always decoded at full size, for comparisons.
  public var fullDecode = false

  public init() {}
}

/// The header of an image file, read before any pixel is decoded.
public struct ImageHeader: Sendable {
  public var format: ImageFormat
  /// Size of the picture as stored, before its orientation is applied.
  public var storedSize: PixelSize
  public var orientation: Orientation
  /// Warnings that the header justifies, such as "tiff: 3 pages, the first is read".
  public var warnings: [String] = []
  /// Index of the page (TIFF) or frame that the header describes, and the number of them in the file.
  public var page = 0
  public var pages = 1
  /// TIFF only: bytes that its decoder holds beside the picture.
  var bufferBytes = 0
  /// JPEG only: bytes of all coefficients if they stay in memory (several scans), otherwise 0.
  var coefficientBytes = 0
  /// JPEG only: rows of samples in one row of MCUs.
  var blockRows = 1

  /// Approximate bytes that a library of whole pictures (WebP, JPEG 2000, DICOM) needs beside the decoded pixels.
  var libraryBytes = 0

  /// A fault of the file, reported only if the picture has an allowed size.
  var fault: Failure?

  init(format: ImageFormat, storedSize: PixelSize, orientation: Orientation?, warnings: [String] = []) {
    self.format = format
    self.storedSize = storedSize
    self.orientation = orientation ?? .upright
    self.warnings = warnings
  }

  /// The upright size.
  public var size: PixelSize { orientation.swapsAxes ? storedSize.transposed : storedSize }

  /// Approximate bytes that decoding for `transforms` needs while it runs, without the slots.
  public func decodedBytes(for transforms: [InputTransform]) -> Int {
    // A rotated window is computed in a scratch buffer before it is copied.
    let aside = orientation == .upright ? 0 : transforms.reduce(0) { max($0, $1.window.size.area * $1.order.count) }
    guard format == .jpeg else { return storedSize.area * 4 + bufferBytes + libraryBytes + aside }
    return coefficientBytes + storedSize.width * 3 * 80 + aside
  }
}
