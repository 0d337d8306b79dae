import COpenCV
import CPixels
import Recognition

/// A whole picture, upright, with all that an output file should keep.
public final class Picture: @unchecked Sendable {  // handed from worker to worker; nobody writes to it
  public let pixels: PixelBuffer
  /// One sample a pixel; nil where the file has none.
  public let alpha: PixelBuffer?
  public let metadata: ImageMetadata
  public let warnings: [String]

  init(pixels: PixelBuffer, alpha: PixelBuffer?, metadata: ImageMetadata, warnings: [String]) {
    self.pixels = pixels
    self.alpha = alpha
    self.metadata = metadata
    self.warnings = warnings
  }

  public var isGrey: Bool { pixels.order == .grey }
}

extension ImageDecoder {
  /// Decodes the whole picture at `size` (the header's, or smaller): colour in `order`, or grey where the file is, and
  /// its alpha.
  ///
  /// Throws as `decode` does.
  public func picture(
    _ bytes: UnsafeRawBufferPointer, header: ImageHeader, size: PixelSize, order: ChannelOrder
  ) throws(Failure) -> Picture {
    let traits = PixelTraits(of: bytes, format: header.format)
    func transform(_ order: ChannelOrder) -> InputTransform {
      InputTransform(
        image: header.size, resized: size, window: PixelRect(x: 0, y: 0, width: size.width, height: size.height),
        slot: size, order: order, filter: .bicubic)
    }
    let pixels = PixelBuffer(size: size, order: traits.isGrey == true ? .grey : order)
    var warnings = try decode(bytes, header: header, into: [(transform(pixels.order), pixels)])
    if traits.isGrey == nil { pixels.becomeGreyIfItIs() }
    if traits.bits > 8 { warnings.append("\(header.format): \(traits.bits) bits a sample are reduced to 8") }
    let alpha = traits.hasAlpha ? try self.alpha(of: bytes, header: header, transform: transform(.grey)) : nil
    return Picture(
      pixels: pixels, alpha: alpha, metadata: ImageMetadata(of: bytes, format: header.format), warnings: warnings)
  }

  private func alpha(of bytes: UnsafeRawBufferPointer, header: ImageHeader, transform: InputTransform) throws(Failure)
    -> PixelBuffer?
  {
    let rebuilt = try OpenCVDecoder.rebuilt(ByteReader(bytes), header)
    var plane = ocvc_picture()
    let status =
      if let rebuilt {
        ocvc_decode_alpha(rebuilt, rebuilt.count, &plane)
      } else {
        ocvc_decode_alpha(bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count, &plane)
      }
    defer { ocvc_release_picture(&plane) }
    guard status.code == ocvc_ok else {
      let code: Failure.Code = status.code == ocvc_out_of_memory ? .outOfMemory : .corrupt
      throw Failure(.decode, code, "\(header.format): \(status.text)")
    }
    guard let data = plane.data else { return nil }
    let stored = PixelSize(width: Int(plane.width), height: Int(plane.height))
    guard stored == header.storedSize else { return nil }
    let alpha = PixelBuffer(size: transform.slot, order: .grey)
    let writer = SlotWriter()
    try writer.begin(
      transform: transform, slot: alpha, orientation: header.orientation, source: stored,
      extent: (Double(stored.width), Double(stored.height)), order: .grey)
    writer.push(data, stride: plane.stride, x: 0, y: 0, count: stored.height)
    writer.finish()
    return alpha
  }
}

extension PixelBuffer {
  /// Keeps one sample a pixel where all three are the same everywhere.
  fileprivate func becomeGreyIfItIs() {
    guard order != .grey else { return }
    let count = size.area
    for i in 0..<count where base[3 * i] != base[3 * i + 1] || base[3 * i] != base[3 * i + 2] { return }
    for i in 0..<count { base[i] = base[3 * i] }
    reshape(size: size, order: .grey)
  }
}

/// What kind of pixels a file has, by its header.
struct PixelTraits {
  /// Nil where the pixels have to be looked at.
  var isGrey: Bool?
  var hasAlpha = false
  var bits = 8

  init(of bytes: UnsafeRawBufferPointer, format: ImageFormat) {
    let file = ByteReader(bytes)
    switch format {
    case .jpeg: isGrey = Self.components(jpeg: file).map { $0 == 1 }
    case .png:
      bits = file.u8(24) ?? 8
      let kind = file.u8(25) ?? 2
      // A palette of greys is grey too.
      isGrey = kind == 3 ? nil : kind & 2 == 0
      hasAlpha = kind & 4 != 0
      if !hasAlpha { hasAlpha = Self.hasTransparency(png: file) }
    case .webp:
      hasAlpha =
        file.has("VP8X", at: 12)
        ? (file.u8(20) ?? 0) & 0x10 != 0 : file.has("VP8L", at: 12) && (file.u8(24) ?? 0) & 0x10 != 0
    case .tiff: readTIFF(file)
    case .pnm:
      isGrey = file.has("P5") || file.has("P2") || file.has("P1") || file.has("P4") ? true : nil
      if let most = PNM.header(of: file)?.most, most > 255 { bits = 16 }
    default: break
    }
  }

  private static func components(jpeg file: ByteReader) -> Int? {
    var at = 2
    while file.u8(at) == 0xFF, let marker = file.u8(at + 1) {
      if marker == 0xFF {
        at += 1
        continue
      }
      guard marker != 0xDA, marker > 1, !(0xD0...0xD9).contains(marker), let length = file.be16(at + 2), length >= 2
      else { return nil }
      if (0xC0...0xCF).contains(marker), marker != 0xC4, marker != 0xC8, marker != 0xCC { return file.u8(at + 9) }
      at += 2 + length
    }
    return nil
  }

  private static func hasTransparency(png file: ByteReader) -> Bool {
    var found = false
    try? PNG.walk(file) { chunk in if file.has("tRNS", at: chunk.lowerBound + 4) { found = true } }
    return found
  }

  private mutating func readTIFF(_ file: ByteReader) {
    let bigEndian = file.has("MM")
    func number(_ at: Int, _ size: Int) -> Int? { file.number(at, size: size, bigEndian: bigEndian) }
    guard let start = number(4, 4), let count = number(start, 2) else { return }
    for i in 0..<min(count, 1000) {
      let entry = start + 2 + 12 * i
      guard let tag = number(entry, 2), let values = number(entry + 4, 4) else { return }
      let value = values <= 2 ? number(entry + 8, 2) : number(entry + 8, 4).flatMap { number($0, 2) }
      switch tag {
      case 258: bits = value ?? 8
      case 262: isGrey = value.map { $0 <= 1 ? true : $0 == 3 ? nil : false } ?? nil
      case 338: hasAlpha = value == 1 || value == 2
      default: break
      }
    }
  }
}
