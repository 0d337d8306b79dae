import Recognition

/// How much one image may ask for.
public struct DecodeLimits: Sendable {
  public var maxPixels = 50_000_000
  /// Scans of a progressive JPEG.
  public var maxScans = 500
  /// Warnings of a JPEG; more are an error.
  public var maxWarnings = 100
  public var timeout: Duration = .seconds(30)
  /// Reads every scan of a progressive JPEG, even those that the reduced picture does not show.
  public var wholeScans = false
  /// Decodes JPEGs at their full size always, for comparisons.
  public var fullDecode = false

  public init() {}
}

/// What a file says of its picture before any pixel is decoded.
public struct ImageHeader: Sendable {
  public var format: ImageFormat
  /// As the pixels lie in the file.
  public var storedSize: PixelSize
  public var orientation: Orientation
  /// What the header already tells against the file, such as "tiff: 3 pages, the first is read".
  public var warnings: [String] = []
  /// JPEG only: the bytes of all coefficients, when they stay in memory (several scans); otherwise 0.
  var coefficientBytes = 0
  /// JPEG only: rows of blocks that belong together.
  var blockRows = 1

  /// What is wrong with the file, told only if its picture is of an allowed size.
  var fault: Failure?

  init(format: ImageFormat, storedSize: PixelSize, orientation: Orientation?, warnings: [String] = []) {
    self.format = format
    self.storedSize = storedSize
    self.orientation = orientation ?? .upright
    self.warnings = warnings
  }

  /// The upright size.
  public var size: PixelSize { orientation.swapsAxes ? storedSize.transposed : storedSize }

  /// About how many bytes a decode for `transforms` takes while it runs, the slots not counted.
  public func decodedBytes(for transforms: [InputTransform]) -> Int {
    // A turned window is computed aside before it is copied.
    let aside = orientation == .upright ? 0 : transforms.reduce(0) { max($0, $1.window.size.area * $1.order.count) }
    guard format == .jpeg else { return storedSize.area * (format == .tiff ? 7 : 3) + aside }
    return coefficientBytes + storedSize.width * 3 * 80 + aside
  }
}
