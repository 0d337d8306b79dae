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
    let decode: Decode
    switch header.format {
    case .tiff: decode = cdecoders_tiff
    case .webp: decode = cdecoders_webp
    case .jpeg2000: decode = cdecoders_jpeg2000
    case .dicom:
      let frame = try DICOM.rebuilt(ByteReader(bytes), frame: header.page)
      return try DICOM.withBytes(of: frame) { bytes throws(Failure) in
        try run(cdecoders_dicom, bytes, header, into: pixels)
      }
    case .jpeg, .png, .bmp, .pnm, .gif, .avif, .heic, .jpegxl, .psd, .exr, .hdr, .ico, .svg, .pdf, .raw:
      return try decodeByOpenCV(bytes, header, into: pixels)
    }
    return try run(decode, bytes, header, into: pixels)
  }

  private typealias Decode = (UnsafePointer<cdecoders_request>, UnsafeMutablePointer<cdecoders_result>) -> Void

  private static func run(
    _ decode: Decode, _ bytes: UnsafeRawBufferPointer, _ header: ImageHeader, into pixels: UnsafeMutablePointer<UInt8>
  ) throws(Failure) -> StoredPixels {
    var request = cdecoders_request()
    request.data = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
    request.size = bytes.count
    request.page = Int32(header.page)
    if header.format == .tiff {
      request.directory = UInt64(TIFF.directoryOffset(of: ByteReader(bytes), page: header.page) ?? 0)
    }
    request.width = Int32(header.storedSize.width)
    request.height = Int32(header.storedSize.height)
    request.pixels = pixels
    var result = cdecoders_result()
    decode(&request, &result)
    if let failure = result.failure(header.format) { throw failure }
    return StoredPixels(channels: Int(result.channels), warnings: result.lines(header.format))
  }

  private static func decodeByOpenCV(
    _ bytes: UnsafeRawBufferPointer, _ header: ImageHeader, into pixels: UnsafeMutablePointer<UInt8>
  ) throws(Failure) -> StoredPixels {
    let rebuilt = try header.format.reader.rebuilt(ByteReader(bytes), header)
    var picture = copencvcodecs_picture()
    let status =
      if let rebuilt {
        copencvcodecs_decode(rebuilt, rebuilt.count, &picture)
      } else {
        copencvcodecs_decode(bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count, &picture)
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
    let row = header.storedSize.width * 3
    for y in 0..<header.storedSize.height { (pixels + y * row).update(from: data + y * picture.stride, count: row) }
    return StoredPixels(channels: 3, warnings: [])
  }
}

extension copencvcodecs_status {
  /// The message as text.
  var text: String { String(cArray: message) }
}

extension cdecoders_result {
  /// The failure; nil on success.
  func failure(_ format: ImageFormat) -> Failure? {
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

  /// The warnings, each with the format's name before it.
  fileprivate func lines(_ format: ImageFormat) -> [String] {
    let all = [warnings.0, warnings.1, warnings.2, warnings.3].prefix(Int(warning_count))
    return all.map { "\(format): \(String(cArray: $0))" }
  }
}
