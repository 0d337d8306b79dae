import CDecoders
import COpenCV
import Recognition

/// Pixels of a whole stored picture, as a library decoded them.
struct StoredPixels {
  /// 1: grey, 3: BGR, 4: BGR and straight alpha. 8 bits per sample, rows without padding.
  var channels: Int
  var warnings: [String]
}

/// Decodes whole pictures through foreign libraries, in the process that calls it.
enum LibraryDecoder {
  /// Decodes the picture that `header` describes into `pixels`, which has room for 4 bytes a pixel.
  ///
  /// Throws `truncated`, `corrupt`, `unsupported`, `outOfMemory`.
  static func decode(
    _ bytes: UnsafeRawBufferPointer, _ header: ImageHeader, into pixels: UnsafeMutablePointer<UInt8>
  ) throws(Failure) -> StoredPixels {
    let decode: (UnsafePointer<cdecoders_request>, UnsafeMutablePointer<cdecoders_result>) -> Void
    switch header.format {
    case .tiff: decode = cdecoders_tiff
    case .webp: decode = cdecoders_webp
    case .jpeg2000: decode = cdecoders_jpeg2000
    case .dicom: decode = cdecoders_dicom
    case .jpeg, .png, .bmp, .pnm, .gif, .avif, .heic, .jpegxl, .psd, .exr, .hdr, .ico, .svg, .pdf:
      return try decodeByOpenCV(bytes, header, into: pixels)
    }
    var request = cdecoders_request()
    request.data = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
    request.size = bytes.count
    request.width = Int32(header.storedSize.width)
    request.height = Int32(header.storedSize.height)
    request.pixels = pixels
    var result = cdecoders_result()
    decode(&request, &result)
    if result.status == cdecoders_missing { return try decodeByOpenCV(bytes, header, into: pixels) }
    let code: Failure.Code
    switch result.status {
    case cdecoders_ok: return StoredPixels(channels: Int(result.channels), warnings: result.lines(header.format))
    case cdecoders_truncated: code = .truncated
    case cdecoders_unsupported, cdecoders_missing: code = .unsupported
    case cdecoders_out_of_memory: code = .outOfMemory
    default: code = .corrupt
    }
    throw Failure(.decode, code, "\(header.format): \(String(cArray: result.message))")
  }

  /// Makes a picture opaque whose alpha is 0 everywhere: programs that write BMP state a mask for alpha and leave the
  /// samples empty.
  private static func fillEmptyAlpha(_ pixels: UnsafeMutablePointer<UInt8>, count: Int) {
    guard (0..<count).allSatisfy({ pixels[4 * $0 + 3] == 0 }) else { return }
    for i in 0..<count { pixels[4 * i + 3] = 255 }
  }

  private static func decodeByOpenCV(
    _ bytes: UnsafeRawBufferPointer, _ header: ImageHeader, into pixels: UnsafeMutablePointer<UInt8>
  ) throws(Failure) -> StoredPixels {
    let rebuilt = try header.format.reader.rebuilt(ByteReader(bytes), header)
    let keepsAlpha: Int32 = PixelTraits(of: bytes, format: header.format).hasAlpha ? 1 : 0
    var picture = copencvcodecs_picture()
    let status =
      if let rebuilt {
        copencvcodecs_decode(rebuilt, rebuilt.count, keepsAlpha, &picture)
      } else {
        copencvcodecs_decode(bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count, keepsAlpha, &picture)
      }
    defer { copencvcodecs_release_picture(&picture) }
    switch status.code {
    case copencvcodecs_ok: break
    case copencvcodecs_missing: throw Failure(.decode, .unsupported, "\(header.format): \(status.text)")
    case copencvcodecs_out_of_memory: throw Failure(.decode, .outOfMemory, "\(header.format): \(status.text)")
    default: throw Failure(.decode, .corrupt, "\(header.format): \(status.text)")
    }
    guard PixelSize(width: Int(picture.width), height: Int(picture.height)) == header.storedSize,
      let data = picture.data
    else { throw Failure(.decode, .corrupt, "\(header.format): the picture has not the size of its header") }
    let row = header.storedSize.width * Int(picture.channels)
    for y in 0..<header.storedSize.height { (pixels + y * row).update(from: data + y * picture.stride, count: row) }
    if header.format == .bmp, picture.channels == 4 { fillEmptyAlpha(pixels, count: header.storedSize.area) }
    return StoredPixels(channels: Int(picture.channels), warnings: [])
  }
}

extension copencvcodecs_status {
  /// The message as text.
  var text: String { String(cArray: message) }
}

extension cdecoders_result {
  /// The warnings, each with the format's name before it.
  fileprivate func lines(_ format: ImageFormat) -> [String] {
    let all = [warnings.0, warnings.1, warnings.2, warnings.3].prefix(Int(warning_count))
    return all.map { "\(format): \(String(cArray: $0))" }
  }
}
