import Recognition

/// Decodes images: each once, into any number of slots.
///
/// It belongs to one worker; its buffers are reused from image to image.
public final class ImageDecoder {
  private let limits: DecodeLimits
  private let jpeg: JPEGDecoder
  private let whole: WholeDecoder
  private var writers: [SlotWriter] = []

  public init(limits: DecodeLimits = DecodeLimits()) {
    self.limits = limits
    jpeg = JPEGDecoder(limits: limits)
    whole = WholeDecoder(timeout: limits.timeout)
  }

  /// Reads the header and checks it against the limits. No pixel is decoded. `page` is the index of one page of a file
  /// with several; nil reads the first, with a warning of the others.
  ///
  /// Throws `empty`, `unknownFormat`, `unsupported`, `truncated`, `corrupt`, `tooManyPixels`, all of stage decode.
  public func header(of bytes: UnsafeRawBufferPointer, page: Int? = nil) throws(Failure) -> ImageHeader {
    guard bytes.count > 0 else { throw Failure(.decode, .empty, "the file is empty") }
    guard let format = FormatSniffer.format(of: bytes) else {
      throw Failure(.decode, .unknownFormat, "the first bytes are of no known image format")
    }
    let reader = format.reader
    guard let read = reader.header else {
      throw Failure(.decode, .unsupported, "\(format.displayName) is not supported; convert it first")
    }
    var header: ImageHeader
    if let page, let readPage = reader.pageHeader {
      header = try readPage(ByteReader(bytes), page)
    } else {
      header = try read(ByteReader(bytes), jpeg)
    }
    if page != nil, let warning = header.pagesWarning { header.warnings.removeAll { $0 == warning } }
    let size = header.storedSize
    guard size.width > 0, size.height > 0 else {
      throw Failure(.decode, .corrupt, "\(format): the picture has no pixels")
    }
    let (area, overflow) = size.width.multipliedReportingOverflow(by: size.height)
    guard !overflow, area <= limits.maxPixels, size.width <= 1 << 30, size.height <= 1 << 30 else {
      throw Failure(
        .decode, .tooManyPixels, "\(size.width) x \(size.height) pixels; at most \(limits.maxPixels) are allowed")
    }
    if let fault = header.fault { throw fault }
    return header
  }

  /// Decodes the picture once and fills every slot: upright, in the transform's channel order, padded around.
  ///
  /// `header` is the result of `header(of:)` for the same bytes, and each slot has its transform's shape and order. 16-bit
  /// samples are reduced to 8 bits, palettes and grey become colours if the slot has colours, and alpha is dropped (the
  /// colour under it stays, as in OpenCV). Returns warnings about an image that is damaged and still decoded.
  ///
  /// Throws `unsupported`, `truncated`, `corrupt`, `tooManyScans`, `timeout`, `outOfMemory`; the slots then hold
  /// undefined bytes.
  public func decode(
    _ bytes: UnsafeRawBufferPointer, header: ImageHeader, into targets: [(transform: InputTransform, slot: PixelBuffer)]
  ) throws(Failure) -> [String] {
    precondition(targets.allSatisfy { $0.transform.image == header.size }, "a transform of another image")
    while writers.count < targets.count { writers.append(SlotWriter()) }
    let job = DecodeJob(header: header, targets: targets, writers: Array(writers.prefix(targets.count)))
    if header.format == .jpeg { return header.warnings + (try jpeg.decode(bytes, job)) }
    return header.warnings + (try decodeWhole(bytes, job))
  }

  private func decodeWhole(_ bytes: UnsafeRawBufferPointer, _ job: DecodeJob) throws(Failure) -> [String] {
    let (pixels, stored) = try whole.decode(bytes, job.header)
    let size = job.header.storedSize
    if stored.channels == 4 { AlphaComposer.compose(pixels, count: size.area) }
    if stored.channels == 1 { Self.expandGrey(pixels, count: size.area) }
    try job.begin(source: size, extent: (Double(size.width), Double(size.height)), order: .bgr)
    let rows = job.union(\.rows)
    // A few rows at a time stay in the processor's cache for all writers.
    for y in stride(from: rows.lowerBound, to: rows.upperBound, by: 16) {
      job.push(
        pixels + y * size.width * 3, stride: size.width * 3, x: 0, y: y, count: min(16, rows.upperBound - y))
    }
    job.finish()
    return stored.warnings
  }
}

extension ImageDecoder {
  /// Repeats each of `count` grey samples three times, in place from the end.
  fileprivate static func expandGrey(_ pixels: UnsafeMutablePointer<UInt8>, count: Int) {
    for i in stride(from: count - 1, through: 0, by: -1) {
      let value = pixels[i]
      for c in 0..<3 { pixels[3 * i + c] = value }
    }
  }
}

/// One decode: the slots to fill and what fills them.
struct DecodeJob {
  let header: ImageHeader
  let targets: [(transform: InputTransform, slot: PixelBuffer)]
  let writers: [SlotWriter]

  /// Prepares every writer for a picture of `source` pixels that covers `extent`.
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

  /// The range of one axis that any writer needs.
  func union(_ range: (SlotWriter) -> Range<Int>) -> Range<Int> {
    let ranges = writers.map(range)
    let low = ranges.map(\.lowerBound).min() ?? 0
    return low..<max(low, ranges.map(\.upperBound).max() ?? 0)
  }
}

extension Duration {
  var nanoseconds: UInt64 {
    let (seconds, attoseconds) = components
    return UInt64(max(0, seconds)) * 1_000_000_000 + UInt64(max(0, attoseconds) / 1_000_000_000)
  }
}
