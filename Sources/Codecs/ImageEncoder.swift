import COpenCV
import CPixels
import Recognition

/// Encodes pictures for files and reports.
public enum ImageEncoder {
  public enum Kind: Sendable {
    case png
    /// Quality 0 to 100.
    case jpeg(quality: Int)
    /// Quality 1 to 100; above 100: lossless.
    case webp(quality: Int)
  }

  /// The bytes of a file that shows `pixels`. Throws `writeFailed` of stage write.
  public static func encode(_ pixels: Pixels, as kind: Kind) throws(Failure) -> [UInt8] {
    let (suffix, parameters): (String, [Int32]) =
      switch kind {
      case .png: (".png", [])
      case .jpeg(let quality): (".jpg", [1, Int32(clamping: quality)])
      case .webp(let quality): (".webp", [64, Int32(clamping: quality)])
      }
    var picture = pixels
    if pixels.order == .rgb {
      picture = Pixels(size: pixels.size, order: .bgr)
      cpixels_swap(pixels.base, picture.base, pixels.size.area)
    }
    var encoded = ocvc_bytes()
    let status = ocvc_encode(
      suffix, picture.base, Int32(picture.size.width), Int32(picture.size.height), Int32(picture.order.count),
      picture.stride, parameters, parameters.count, &encoded)
    defer { ocvc_release_bytes(&encoded) }
    guard status.code == ocvc_ok else { throw Failure(.write, .writeFailed, status.text) }
    return Array(UnsafeBufferPointer(start: encoded.data, count: encoded.size))
  }
}
