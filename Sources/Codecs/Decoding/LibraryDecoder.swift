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
    /// TIFF only: offset of the directory; 0: that of the page.
    var directory = 0
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
      let directory =
        picture.directory > 0 ? picture.directory : TIFF.directoryOffset(of: ByteReader(bytes), page: picture.page)
      request.directory = UInt64(directory ?? 0)
      cdecoders_tiff(&request, &result)
    case .webp: cdecoders_webp(&request, &result)
    case .heic, .avif:
      request.item = HEIF.item(of: ByteReader(bytes), page: picture.page) ?? 0
      cdecoders_heif(&request, &result)
    case .gif: cdecoders_gif(&request, &result)
    case .jpegxl: cdecoders_jpegxl(&request, &result)
    case .jpeg2000: cdecoders_jpeg2000(&request, &result)
    case .dicom: decodeDICOM(bytes, &request, &result)
    case .raw: cdecoders_raw(&request, &result)
    case .jpeg: decodeJPEG(bytes, &request, &result)
    case .bmp, .png, .pnm, .psd, .exr, .hdr, .ico, .svg, .pdf:
      return decodeByOpenCV(bytes, request)
    }
    return result
  }

  /// Makes a picture opaque whose alpha is 0 everywhere: programs that write BMP state a mask for alpha and leave the
  /// samples empty.
  private static func fillEmptyAlpha(_ pixels: UnsafeMutablePointer<UInt8>, count: Int) {
    guard (0..<count).allSatisfy({ pixels[4 * $0 + 3] == 0 }) else { return }
    for i in 0..<count { pixels[4 * i + 3] = 255 }
  }

  private static func decodeDICOM(
    _ bytes: UnsafeRawBufferPointer, _ request: inout cdecoders_request, _ result: inout cdecoders_result
  ) {
    do throws(Failure) {
      let frame = try DICOM.rebuilt(ByteReader(bytes), frame: Int(request.page))
      try DICOM.withBytes(of: frame) { bytes throws(Failure) in
        request.data = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        request.size = bytes.count
        cdecoders_dicom(&request, &result)
      }
    } catch {
      // The message gets the format's name again.
      let prefix = "\(ImageFormat.dicom): "
      let text = error.message.hasPrefix(prefix) ? String(error.message.dropFirst(prefix.count)) : error.message
      result.fail(cdecoders_status(error.code), text)
    }
  }

  private static func decodeJPEG(
    _ bytes: UnsafeRawBufferPointer, _ request: inout cdecoders_request, _ result: inout cdecoders_result
  ) {
    let file = ByteReader(bytes)
    guard let jpeg = UncommonJPEG(file) else { return result.fail(cdecoders_corrupt, "no frame of an uncommon kind") }
    jpeg.dicom(file).withUnsafeBufferPointer { dicom in
      request.data = dicom.baseAddress
      request.size = dicom.count
      cdecoders_dicom(&request, &result)
    }
    // The kind shows why a JPEG needs a library that others do not need.
    if result.status != cdecoders_ok { result.fail(result.status, "\(jpeg.kind): \(String(cArray: result.message))") }
  }

  private static func decodeByOpenCV(_ bytes: UnsafeRawBufferPointer, _ request: cdecoders_request) -> cdecoders_result
  {
    var picture = copencvcodecs_picture()
    let status = copencvcodecs_decode(
      request.data, request.size, PixelTraits(of: bytes, format: .bmp).hasAlpha ? 1 : 0, &picture)
    defer { copencvcodecs_release_picture(&picture) }
    var result = cdecoders_result()
    func fail(_ code: cdecoders_status, _ message: String) -> cdecoders_result {
      result.fail(code, message)
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
    result.channels = picture.channels
    let row = Int(request.width) * Int(picture.channels)
    for y in 0..<Int(request.height) { (request.pixels + y * row).update(from: data + y * picture.stride, count: row) }
    if picture.channels == 4 { fillEmptyAlpha(request.pixels, count: Int(request.width) * Int(request.height)) }
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
  /// Size, if the library chose one.
  var size: PixelSize?
  var warnings: [String]

  /// Throws `truncated`, `corrupt`, `unsupported`, `outOfMemory` if there are no pixels.
  init(_ result: cdecoders_result, name format: String) throws(Failure) {
    if let failure = result.failure(format) { throw failure }
    guard [1, 3, 4].contains(result.channels) else {
      throw Failure(.decode, .corrupt, "\(format): \(result.channels) samples per pixel")
    }
    channels = Int(result.channels)
    if result.width > 0, result.height > 0 { size = PixelSize(width: Int(result.width), height: Int(result.height)) }
    let lines = [result.warnings.0, result.warnings.1, result.warnings.2, result.warnings.3]
    warnings = lines.prefix(Int(max(0, result.warning_count))).map { "\(format): \(String(cArray: $0))" }
  }
}

extension cdecoders_status {
  /// The status of what this program's own readers report, within the decoders' codes.
  fileprivate init(_ code: Failure.Code) {
    self =
      [.truncated: cdecoders_truncated, .unsupported: cdecoders_unsupported, .outOfMemory: cdecoders_out_of_memory][
        code, default: cdecoders_corrupt]
  }
}

extension cdecoders_result {
  /// The failure; nil on success.
  func failure(_ format: String) -> Failure? {
    let code: Failure.Code
    switch status {
    case cdecoders_ok: return nil
    case cdecoders_truncated: code = .truncated
    case cdecoders_unsupported, cdecoders_missing: code = .unsupported
    case cdecoders_out_of_memory: code = .outOfMemory
    default: code = .corrupt
    }
    return Failure(.decode, code, "\(format): \(String(cArray: message))")
  }

  /// Takes over a failure.
  mutating func fail(_ code: cdecoders_status, _ text: String) {
    status = code
    withUnsafeMutableBytes(of: &message) { $0.copyBytes(from: text.utf8.prefix($0.count - 1)) }
  }
}
