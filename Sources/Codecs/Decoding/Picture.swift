import CPixels
import Recognition

/// A whole upright picture with the metadata that an output file keeps.
///
/// Unchecked: it is not written after it was decoded.
public final class Picture: @unchecked Sendable {
  public let pixels: PixelBuffer
  /// One sample per pixel; nil if the file has no alpha, or its colours were composed with it.
  public let alpha: PixelBuffer?
  /// Whether colours of pixels that are not opaque were composed with a ground.
  public let isComposed: Bool
  public let metadata: ImageMetadata
  public let warnings: [String]

  init(
    pixels: PixelBuffer, alpha: PixelBuffer?, isComposed: Bool, metadata: ImageMetadata, warnings: [String]
  ) {
    self.pixels = pixels
    self.alpha = alpha
    self.isComposed = isComposed
    self.metadata = metadata
    self.warnings = warnings
  }

  public var isGrey: Bool { pixels.order == .grey }
}

extension ImageDecoder {
  /// Decodes the whole picture at `size` (the header's, or smaller): colour in `order`, or grey if the file is grey, and
  /// its alpha. Without `keepsAlpha`, colours are composed with the alpha as a viewer shows them.
  ///
  /// Throws as `decode` does.
  public func picture(
    _ bytes: UnsafeRawBufferPointer, header: ImageHeader, size: PixelSize, order: ChannelOrder, keepsAlpha: Bool = true
  ) throws(Failure) -> Picture {
    let traits = PixelTraits(of: bytes, format: header.format)
    let transform = { (order: ChannelOrder) in InputTransform.picture(of: header.size, size: size, order: order) }
    let pixels = PixelBuffer(size: size, order: traits.isGrey == true ? .grey : order)
    let alpha = AlphaPlane(transform: transform(.grey), isKept: keepsAlpha)
    var warnings = try decode(bytes, header: header, into: [(transform(pixels.order), pixels)], alpha: alpha)
    if traits.isGrey == nil { pixels.becomeGreyIfItIs() }
    if traits.bits > 8 { warnings.append("\(header.format): \(traits.bits) bits per sample are reduced to 8") }
    return Picture(
      pixels: pixels, alpha: alpha.pixels, isComposed: alpha.isComposed,
      metadata: ImageMetadata(of: bytes, format: header.format), warnings: warnings)
  }
}

extension ImageHeader {
  /// Approximate bytes that `ImageDecoder.picture` needs while it runs, without the picture.
  public func decodedBytes(forPictureOf size: PixelSize) -> Int {
    let planes = [ChannelOrder.bgr, .grey].map { InputTransform.picture(of: self.size, size: size, order: $0) }
    let hasAlpha = wholeChannels == 4 || ![.jpeg, .png, .pnm, .raw].contains(format)
    let extended = hasAlpha ? cpixels_extend_bytes(Int32(storedSize.width), Int32(storedSize.height)) : 0
    return decodedBytes(for: hasAlpha ? planes : [planes[0]]) + Int(extended)
  }
}

extension InputTransform {
  /// The whole upright image at `size`.
  fileprivate static func picture(of image: PixelSize, size: PixelSize, order: ChannelOrder) -> InputTransform {
    InputTransform(
      image: image, resized: size, window: PixelRect(x: 0, y: 0, width: size.width, height: size.height), slot: size,
      order: order, filter: .bicubic)
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
