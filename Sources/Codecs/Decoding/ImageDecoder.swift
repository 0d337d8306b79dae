import CJPEG
import Recognition

/// Decodes images: each once, into any number of slots.
///
/// It belongs to one worker; its buffers are reused from image to image.
public final class ImageDecoder {
  private let limits: DecodeLimits
  let jpeg: JPEGDecoder
  let png: PNGDecoder
  private let pnm: PNMDecoder
  let whole: WholeDecoder
  private var writers: [SlotWriter] = []

  public init(limits: DecodeLimits = DecodeLimits()) {
    self.limits = limits
    jpeg = JPEGDecoder(limits: limits)
    // A decoder has one picture at a time, so they share a buffer.
    let buffer = ScratchBuffer()
    png = PNGDecoder(limits: limits, buffer: buffer)
    pnm = PNMDecoder(limits: limits, buffer: buffer)
    whole = WholeDecoder(limits: limits)
  }

  /// Reads the header and checks it against the limits. No pixel is decoded. `page` is the index of one page of a file
  /// with several; nil reads the first, with a warning of the others.
  ///
  /// Throws `empty`, `unknownFormat`, `unsupported`, `truncated`, `corrupt`, `tooManyPixels`, all of stage decode.
  public func header(of bytes: UnsafeRawBufferPointer, page: Int? = nil) throws(Failure) -> ImageHeader {
    guard bytes.count > 0 else { throw Failure(.decode, .empty, "the file is empty") }
    guard let format = FormatSniffer.format(of: bytes) else {
      throw ForeignFile.failure(ByteReader(bytes))
    }
    let reader = format.reader
    guard let read = reader.header else {
      let advice = Conversion.of(format).map { "; \($0.text)" } ?? "; convert it first"
      throw Failure(.decode, .unsupported, "\(format.displayName) is not read\(advice)")
    }
    var header: ImageHeader
    if let page, let readPage = reader.pageHeader {
      header = try readPage(ByteReader(bytes), page)
    } else {
      header = try read(ByteReader(bytes), jpeg)
    }
    if page != nil, let warning = header.pagesWarning { header.warnings.removeAll { $0 == warning } }
    header.fileBytes = bytes.count
    let size = header.storedSize
    guard size.width > 0, size.height > 0 else {
      throw Failure(.decode, .corrupt, "\(format): the picture has no pixels")
    }
    let (area, overflow) = size.width.multipliedReportingOverflow(by: size.height)
    if limits.fullDecode { header.levels = [] }
    // Of a pyramid, the level that is read counts.
    let least = header.levels.first?.size.area ?? area
    guard !overflow, least <= limits.maxPixels, size.width <= 1 << 30, size.height <= 1 << 30 else {
      throw tooManyPixels(size)
    }
    if let fault = header.fault { throw fault }
    return header
  }

  /// Throws `tooManyPixels` if that which is read for `transforms` has more pixels than the limits allow: for a pyramid
  /// `header(of:)` has only compared the smallest level.
  public func check(_ header: ImageHeader, for transforms: [InputTransform]) throws(Failure) {
    let size = header.reduced(for: transforms).storedSize
    guard size.area <= limits.maxPixels else { throw tooManyPixels(size) }
  }

  private func tooManyPixels(_ size: PixelSize) -> Failure {
    Failure(.decode, .tooManyPixels, "\(size.width) x \(size.height) pixels; at most \(limits.maxPixels) are allowed")
  }

  /// Decodes the picture once and fills every slot: upright, in the transform's channel order, padded around.
  ///
  /// `header` is the result of `header(of:)` for the same bytes, and each slot has its transform's shape and order. 16-bit
  /// samples are reduced to 8 bits, palettes and grey become colours if the slot has colours, and alpha is composed as a
  /// viewer shows it (`AlphaComposer`). Returns warnings about an image that is damaged and still decoded.
  ///
  /// Throws `unsupported`, `truncated`, `corrupt`, `tooManyScans`, `timeout`, `outOfMemory`, `crashed`; the slots then hold
  /// undefined bytes.
  public func decode(
    _ bytes: UnsafeRawBufferPointer, header: ImageHeader, into targets: [(transform: InputTransform, slot: PixelBuffer)]
  ) throws(Failure) -> [String] {
    try decode(bytes, header: header, into: targets, alpha: nil)
  }

  /// The same; with `alpha`, a picture's alpha goes there, and its colours are not composed: those of transparent pixels
  /// are replaced by those of the visible ones around them.
  func decode(
    _ bytes: UnsafeRawBufferPointer, header: ImageHeader,
    into targets: [(transform: InputTransform, slot: PixelBuffer)],
    alpha: AlphaPlane?
  ) throws(Failure) -> [String] {
    precondition(targets.allSatisfy { $0.transform.image == header.size }, "a transform of another image")
    try check(header, for: targets.map(\.transform))
    let header = header.reduced(for: targets.map(\.transform))
    while writers.count < targets.count { writers.append(SlotWriter()) }
    let job = DecodeJob(
      header: header, targets: targets, writers: Array(writers.prefix(targets.count)), alpha: alpha)
    let warnings = try decode(bytes, job)
    for target in targets {
      if let quality = target.transform.jpegQuality { try Self.recompress(target.slot, quality: quality) }
    }
    return header.warnings + warnings
  }

  private func decode(_ bytes: UnsafeRawBufferPointer, _ job: DecodeJob) throws(Failure) -> [String] {
    switch job.header.format {
    case .jpeg where job.header.isUncommonJPEG: try decodeWhole(bytes, job)
    case .jpeg: try jpeg.decode(bytes, job)
    case .png: try png.decode(bytes, job)
    case .pnm: try pnm.decode(bytes, job)
    case .raw: try decodeRaw(bytes, job)
    case .webp, .tiff, .bmp, .jpeg2000, .dicom, .gif, .avif, .heic, .jpegxl, .psd, .exr, .hdr, .ico, .svg, .pdf:
      try decodeWhole(bytes, job)
    }
  }

  /// Replaces the samples of a slot by what JPEG leaves of them.
  private static func recompress(_ slot: PixelBuffer, quality: Int) throws(Failure) {
    var samples = cjpeg_samples(
      samples: slot.base, stride: slot.stride, width: Int32(slot.size.width), height: Int32(slot.size.height),
      channels: Int32(slot.order.count), blue_first: slot.order == .bgr ? 1 : 0)
    guard cjpeg_recompress(&samples, Int32(quality)) == 0 else {
      throw Failure(.decode, .outOfMemory, "no memory for JPEG's step of the preparation")
    }
  }

  private func decodeWhole(_ bytes: UnsafeRawBufferPointer, _ job: DecodeJob) throws(Failure) -> [String] {
    let (pixels, stored) = try whole.decode(bytes, job.header)
    try job.fill(from: pixels, channels: stored.channels)
    return stored.warnings
  }
}
