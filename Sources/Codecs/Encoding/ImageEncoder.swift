import COpenCV
import CPixels
import Recognition

/// Encodes pictures for files and reports.
public enum ImageEncoder {
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
