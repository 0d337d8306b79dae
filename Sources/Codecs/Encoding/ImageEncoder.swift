import COpenCV
import CPixels
import Recognition

/// Encodes pictures for files and reports.
public enum ImageEncoder {
  /// A PNG of `pixels` whose alpha is `alpha`, grey and of the same size. Throws `writeFailed` of stage write.
  public static func cutout(_ pixels: PixelBuffer, alpha: PixelBuffer) throws(Failure) -> [UInt8] {
    precondition(pixels.order == .bgr && alpha.order == .grey && pixels.size == alpha.size)
    var samples = [UInt8](repeating: 0, count: pixels.size.area * 4)
    for index in 0..<pixels.size.area {
      for channel in 0..<3 { samples[4 * index + channel] = pixels.base[3 * index + channel] }
      samples[4 * index + 3] = alpha.base[index]
    }
    var encoded = copencvcodecs_bytes()
    let (width, height) = (Int32(pixels.size.width), Int32(pixels.size.height))
    let status = copencvcodecs_encode(".png", samples, width, height, 4, pixels.size.width * 4, [], 0, &encoded)
    defer { copencvcodecs_release_bytes(&encoded) }
    guard status.code == copencvcodecs_ok else { throw Failure(.write, .writeFailed, status.text) }
    return Array(UnsafeBufferPointer(start: encoded.data, count: encoded.size))
  }

  /// The bytes of a file that shows `pixels`. `quality` is 0 to 100 for JPEG and 1 to 100 for WebP, which is lossless
  /// above 100; PNG ignores it. Throws `writeFailed` of stage write.
  public static func encode(_ pixels: PixelBuffer, as format: EncodedFormat, quality: Int = 92) throws(Failure)
    -> [UInt8]
  {
    // IMWRITE_JPEG_QUALITY and IMWRITE_WEBP_QUALITY.
    let parameters: [Int32] =
      switch format {
      case .png: []
      case .jpeg: [1, Int32(clamping: quality)]
      case .webp: [64, Int32(clamping: quality)]
      }
    var picture = pixels
    if pixels.order == .rgb {
      picture = PixelBuffer(size: pixels.size, order: .bgr)
      cpixels_swap(pixels.base, picture.base, pixels.size.area)
    }
    var encoded = copencvcodecs_bytes()
    let status = copencvcodecs_encode(
      ".\(format.fileExtension)", picture.base, Int32(picture.size.width), Int32(picture.size.height),
      Int32(picture.order.count),
      picture.stride, parameters, parameters.count, &encoded)
    defer { copencvcodecs_release_bytes(&encoded) }
    guard status.code == copencvcodecs_ok else { throw Failure(.write, .writeFailed, status.text) }
    return Array(UnsafeBufferPointer(start: encoded.data, count: encoded.size))
  }
}
