import COpenCV
import Recognition

/// A whole upright picture with the metadata that an output file keeps.
///
/// Unchecked: it is not written after it was decoded.
public final class Picture: @unchecked Sendable {
  public let pixels: PixelBuffer
  /// One sample per pixel; nil if the file has no alpha.
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
  /// Decodes the whole picture at `size` (the header's, or smaller): colour in `order`, or grey if the file is grey, and
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
    if traits.bits > 8 { warnings.append("\(header.format): \(traits.bits) bits per sample are reduced to 8") }
    let alpha = traits.hasAlpha ? try self.alpha(of: bytes, header: header, transform: transform(.grey)) : nil
    return Picture(
      pixels: pixels, alpha: alpha, metadata: ImageMetadata(of: bytes, format: header.format), warnings: warnings)
  }

  private func alpha(of bytes: UnsafeRawBufferPointer, header: ImageHeader, transform: InputTransform) throws(Failure)
    -> PixelBuffer?
  {
    let rebuilt = try header.format.reader.rebuilt(ByteReader(bytes), header)
    var plane = copencvcodecs_picture()
    let status =
      if let rebuilt {
        copencvcodecs_decode_alpha(rebuilt, rebuilt.count, &plane)
      } else {
        copencvcodecs_decode_alpha(bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count, &plane)
      }
    defer { copencvcodecs_release_picture(&plane) }
    guard status.code == copencvcodecs_ok else {
      let code: Failure.Code = status.code == copencvcodecs_out_of_memory ? .outOfMemory : .corrupt
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
  /// Reduces the buffer to one sample per pixel if all three are equal everywhere.
  fileprivate func becomeGreyIfItIs() {
    guard order != .grey else { return }
    let count = size.area
    for i in 0..<count where base[3 * i] != base[3 * i + 1] || base[3 * i] != base[3 * i + 2] { return }
    for i in 0..<count { base[i] = base[3 * i] }
    reshape(size: size, order: .grey)
  }
}
