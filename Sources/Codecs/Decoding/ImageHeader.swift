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
  /// Path of this executable, which decodes in a process of its own what libraries decode as a whole; nil: in this
  /// process.
  public var decoderExecutable: String?

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
  /// Bytes of the whole file.
  var fileBytes = 0
  /// Index of the page (TIFF) or frame that the header describes, and the number of them in the file.
  public var page = 0
  public var pages = 1
  /// PNG and PNM only: bytes per pixel of a whole picture that stays in memory, 0 if rows stream into the slots.
  var wholeChannels = 0
  /// PNG and PNM only: whether the samples are grey, without a palette.
  var isGrey = false
  /// JPEG only: bytes of all coefficients if they stay in memory (several scans), otherwise 0.
  var coefficientBytes = 0
  /// JPEG only: rows of samples in one row of MCUs.
  var blockRows = 1

  /// JPEG only: whether DCMTK decodes the kind, as a whole.
  var isUncommonJPEG = false

  /// Approximate bytes that a library of whole pictures, or the frames of a PNG, need beside the decoded pixels.
  var libraryBytes = 0

  /// Camera raw files only: how the picture is decoded.
  var raw: CameraRawPicture?

  /// Smaller versions of the picture in the file, the smallest first.
  var levels: [PictureLevel] = []
  /// TIFF only: offset of the directory that is read; 0: that of the page.
  var directory = 0

  /// A fault of the file, reported only if the picture has an allowed size.
  var fault: Failure?

  init(format: ImageFormat, storedSize: PixelSize, orientation: Orientation?, warnings: [String] = []) {
    self.format = format
    self.storedSize = storedSize
    self.orientation = orientation ?? .upright
    self.warnings = warnings
  }

  /// Sets `libraryBytes` from the bytes of a pixel. The sides are as the file states them, so that products may
  /// overflow; a picture of that many pixels is refused.
  mutating func setLibraryBytes(perPixel bytes: Int) {
    let limit = 1 << 28
    libraryBytes = min(storedSize.width, limit) * min(storedSize.height, limit) * bytes
  }

  /// The upright size.
  public var size: PixelSize { orientation.swapsAxes ? storedSize.transposed : storedSize }

  /// Approximate bytes that decoding for `transforms` needs while it runs, without the slots.
  public func decodedBytes(for transforms: [InputTransform]) -> Int {
    let read = reduced(for: transforms)
    let aside = transforms.reduce(0) {
      $0 + SlotWriter.bytes(for: $1, stored: read.storedSize, orientation: orientation)
    }
    return read.pictureBytes(for: transforms) + aside
  }

  /// The format as records name it: for a camera raw file its kind.
  var formatName: String { raw?.name ?? format.rawValue }

  private func pictureBytes(for transforms: [InputTransform]) -> Int {
    switch format {
    case .jpeg where isUncommonJPEG: fileBytes * 2 + storedSize.area * 4 + libraryBytes
    case .jpeg: coefficientBytes + storedSize.width * 3 * 80
    // libpng keeps three rows of up to 8 bytes a pixel; 16 rows of a narrow picture are decoded at once.
    case .png, .pnm:
      storedSize.area * (wholeChannels == 0 ? 0 : max(3, wholeChannels)) + storedSize.width * 32 + RowBlock.bytes
        + libraryBytes
    // The file and the pixels are in shared memory.
    case .tiff, .webp, .heic, .avif, .gif, .jpegxl, .jpeg2000, .dicom: fileBytes + storedSize.area * 4 + libraryBytes
    // OpenCV decodes into a picture of its own.
    case .raw: rawBytes(for: transforms)
    case .bmp, .psd, .exr, .hdr, .ico, .svg, .pdf: fileBytes + storedSize.area * 7
    }
  }

  /// The preview is decoded as a JPEG is. LibRaw holds the file, the sensor's samples (2 bytes) and, at half size, 4
  /// colours of 2 bytes for every fourth of them; where it does not reduce, for all of them.
  private func rawBytes(for transforms: [InputTransform]) -> Int {
    if let raw, let preview = raw.preview, raw.isEnough(for: transforms, orientation) {
      let bars = preview.picture == nil ? 0 : preview.size.area * 3
      return preview.header(orientation).decodedBytes(for: []) + bars
    }
    return fileBytes * 2 + storedSize.area * 16
  }
}
