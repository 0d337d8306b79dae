import CDecoders
import COpenCV
import Recognition

/// Decodes whole pictures through foreign libraries, in the process that calls it.
enum LibraryDecoder {
  /// A picture to decode, as far as its header is known.
  struct Request {
    var format: ImageFormat
    /// Size of the picture as stored.
    var size: PixelSize
    /// Index of the page, from 0.
    var page = 0
  }

  /// Decodes a picture into `pixels`, which has room for 4 bytes a pixel.
  static func decode(
    _ bytes: UnsafeRawBufferPointer, _ picture: Request, into pixels: UnsafeMutablePointer<UInt8>
  ) -> cdecoders_result {
    var request = cdecoders_request()
    request.data = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
    request.size = bytes.count
    request.page = Int32(clamping: picture.page)
    request.width = Int32(clamping: picture.size.width)
    request.height = Int32(clamping: picture.size.height)
    request.pixels = pixels
    var result = cdecoders_result()
    switch picture.format {
    case .tiff:
      request.directory = UInt64(TIFF.directoryOffset(of: ByteReader(bytes), page: picture.page) ?? 0)
      cdecoders_tiff(&request, &result)
    case .webp: cdecoders_webp(&request, &result)
    case .jpeg2000: cdecoders_jpeg2000(&request, &result)
    case .dicom: cdecoders_dicom(&request, &result)
    case .bmp, .jpeg, .png, .pnm, .gif, .avif, .heic, .jpegxl, .psd, .exr, .hdr, .ico, .svg, .pdf, .raw:
      return decodeByOpenCV(bytes, request)
    }
    return result
  }

  private static func decodeByOpenCV(_ bytes: UnsafeRawBufferPointer, _ request: cdecoders_request) -> cdecoders_result
  {
    var picture = copencvcodecs_picture()
    let status = copencvcodecs_decode(request.data, request.size, &picture)
    defer { copencvcodecs_release_picture(&picture) }
    var result = cdecoders_result()
    result.channels = 3
    func fail(_ code: cdecoders_status, _ message: String) -> cdecoders_result {
      result.status = code
      withUnsafeMutableBytes(of: &result.message) { $0.copyBytes(from: message.utf8.prefix($0.count - 1)) }
      return result
    }
    switch status.code {
    case copencvcodecs_ok: break
    case copencvcodecs_missing: return fail(cdecoders_missing, status.text)
    case copencvcodecs_out_of_memory: return fail(cdecoders_out_of_memory, status.text)
    default: return fail(cdecoders_corrupt, status.text)
    }
    guard picture.width == request.width, picture.height == request.height, let data = picture.data else {
      return fail(cdecoders_corrupt, "the picture has not the size of its header")
    }
    let row = Int(request.width) * 3
    for y in 0..<Int(request.height) { (request.pixels + y * row).update(from: data + y * picture.stride, count: row) }
    return result
  }
}

extension copencvcodecs_status {
  /// The message as text.
  var text: String { String(cArray: message) }
}

/// What a library made of a whole stored picture: 8 bits per sample, rows without padding.
struct StoredPixels {
  /// 1: grey, 3: BGR, 4: BGR and straight alpha.
  var channels: Int
  var warnings: [String]

  /// Throws `truncated`, `corrupt`, `unsupported`, `outOfMemory` if there are no pixels.
  init(_ result: cdecoders_result, format: ImageFormat) throws(Failure) {
    let code: Failure.Code
    switch result.status {
    case cdecoders_ok where [1, 3, 4].contains(result.channels):
      channels = Int(result.channels)
      let lines = [result.warnings.0, result.warnings.1, result.warnings.2, result.warnings.3]
      warnings = lines.prefix(Int(max(0, result.warning_count))).map { "\(format): \(String(cArray: $0))" }
      return
    case cdecoders_truncated: code = .truncated
    case cdecoders_unsupported, cdecoders_missing: code = .unsupported
    case cdecoders_out_of_memory: code = .outOfMemory
    default: code = .corrupt
    }
    throw Failure(.decode, code, "\(format): \(String(cArray: result.message))")
  }
}
