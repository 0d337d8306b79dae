import Recognition

/// Decodes images: each once, into as many views as there are.
///
/// It belongs to one worker; its buffers are used again from image to image.
public final class ImageDecoder {
  private let limits: DecodeLimits
  private let jpeg: JPEGDecoder
  private var writers: [SlotWriter] = []

  public init(limits: DecodeLimits = DecodeLimits()) {
    self.limits = limits
    jpeg = JPEGDecoder(limits: limits)
  }

  /// Reads what the file says of its picture, and holds it against the limits. No pixel is decoded.
  ///
  /// Throws `empty`, `unknownFormat`, `unsupported`, `truncated`, `corrupt`, `tooManyPixels`, all of stage decode.
  public func header(of bytes: UnsafeRawBufferPointer) throws(Failure) -> ImageHeader {
    guard bytes.count > 0 else { throw Failure(.decode, .empty, "the file is empty") }
    guard let format = FormatSniffer.format(of: bytes) else {
      throw Failure(.decode, .unknownFormat, "its first bytes are of no image format known here")
    }
    let file = ByteReader(bytes)
    let header: ImageHeader
    switch format {
    case .jpeg: header = try jpeg.header(of: bytes)
    case .png: header = try PNG.header(of: file)
    case .webp: header = try WebP.header(of: file)
    case .tiff: header = try TIFF.header(of: file)
    case .bmp: header = try BMP.header(of: file)
    case .pnm: header = try PNM.imageHeader(of: file)
    case .jpeg2000: header = try JPEG2000.header(of: file)
    case .dicom: header = try DICOM.header(of: file)
    case .gif, .avif, .heic, .jpegxl, .psd, .exr, .hdr, .ico, .svg, .pdf:
      throw Failure(.decode, .unsupported, "\(format.displayName) is not supported; convert it first")
    }
    let size = header.storedSize
    guard size.width > 0, size.height > 0 else {
      throw Failure(.decode, .corrupt, "\(format): a picture without pixels")
    }
    let (area, overflow) = size.width.multipliedReportingOverflow(by: size.height)
    guard !overflow, area <= limits.maxPixels, size.width <= 1 << 30, size.height <= 1 << 30 else {
      throw Failure(
        .decode, .tooManyPixels, "\(size.width) x \(size.height) pixels; at most \(limits.maxPixels) are allowed")
    }
    if let fault = header.fault { throw fault }
    return header
  }

  /// Decodes the picture once and fills every slot: upright, in the view's channel order, padded around.
  ///
  /// `header` is what `header(of:)` gave for the same bytes, and each slot has its view's shape and order. 16-bit
  /// samples become 8 bits, palettes and grey become colours where colours are asked for, alpha is dropped (the colour
  /// under it stays, as OpenCV has it). Returns what was wrong with an image that still decoded.
  ///
  /// Throws `unsupported`, `truncated`, `corrupt`, `tooManyScans`, `timeout`, `outOfMemory`; the slots' contents are
  /// unset then.
  public func decode(
    _ bytes: UnsafeRawBufferPointer, header: ImageHeader, into targets: [(transform: InputTransform, slot: PixelBuffer)]
  ) throws(Failure) -> [String] {
    precondition(targets.allSatisfy { $0.transform.image == header.size }, "a view of another image")
    while writers.count < targets.count { writers.append(SlotWriter()) }
    let job = DecodeJob(header: header, targets: targets, writers: Array(writers.prefix(targets.count)))
    if header.format == .jpeg { return header.warnings + (try jpeg.decode(bytes, job)) }
    return header.warnings + (try OpenCVDecoder.decode(bytes, job, timeout: limits.timeout))
  }
}

/// One image on its way into its slots.
struct DecodeJob {
  let header: ImageHeader
  let targets: [(transform: InputTransform, slot: PixelBuffer)]
  let writers: [SlotWriter]

  /// Gets every writer ready for a picture of `source` pixels that stands for `extent`.
  func begin(source: PixelSize, extent: (width: Double, height: Double), order: ChannelOrder) throws(Failure) {
    for (target, writer) in zip(targets, writers) {
      try writer.begin(
        transform: target.transform, slot: target.slot, orientation: header.orientation, source: source, extent: extent,
        order: order)
    }
  }

  func push(_ rows: UnsafePointer<UInt8>, stride: Int, x: Int, y: Int, count: Int) {
    for writer in writers { writer.push(rows, stride: stride, x: x, y: y, count: count) }
  }

  func finish() {
    for writer in writers { writer.finish() }
  }

  /// The part that any writer needs of one axis.
  func union(_ range: (SlotWriter) -> Range<Int>) -> Range<Int> {
    let ranges = writers.map(range)
    let low = ranges.map(\.lowerBound).min() ?? 0
    return low..<max(low, ranges.map(\.upperBound).max() ?? 0)
  }
}

extension ImageFormat {
  /// As people write it.
  var displayName: String {
    switch self {
    case .jpegxl: "JPEG XL"
    case .jpeg2000: "JPEG 2000"
    case .webp: "WebP"
    case .hdr: "Radiance HDR"
    case .exr: "OpenEXR"
    default: rawValue.uppercased()
    }
  }
}

extension Duration {
  var nanoseconds: UInt64 {
    let (seconds, attoseconds) = components
    return UInt64(max(0, seconds)) * 1_000_000_000 + UInt64(max(0, attoseconds) / 1_000_000_000)
  }
}
