import CJPEG
import COpenCV
import Recognition

/// Every format but JPEG, through OpenCV's codecs, after our own look at the file.
enum OpenCVDecoder {
  static func decode(_ bytes: UnsafeRawBufferPointer, _ job: DecodeJob, timeout: Duration) throws(Failure) -> [String] {
    let header = job.header
    let file = ByteReader(bytes)
    let deadline = cjpeg_now() + timeout.nanoseconds
    let rebuilt = try rebuilt(file, header)
    var picture = ocvc_picture()
    let status =
      if let rebuilt {
        ocvc_decode(rebuilt, rebuilt.count, &picture)
      } else {
        ocvc_decode(bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count, &picture)
      }
    defer { ocvc_release_picture(&picture) }
    switch status.code {
    case ocvc_ok: break
    case ocvc_missing: throw Failure(.decode, .unsupported, "\(header.format): \(status.text)")
    case ocvc_out_of_memory: throw Failure(.decode, .outOfMemory, "\(header.format): \(status.text)")
    default: throw Failure(.decode, .corrupt, "\(header.format): \(status.text)")
    }
    if cjpeg_now() > deadline { throw Failure(.decode, .timeout, "decoding took too long") }
    let size = PixelSize(width: Int(picture.width), height: Int(picture.height))
    guard size == header.storedSize, let data = picture.data else {
      throw Failure(.decode, .corrupt, "\(header.format): the picture is not of the size that its header says")
    }
    try job.begin(source: size, extent: (Double(size.width), Double(size.height)), order: .bgr)
    let rows = job.union(\.rows)
    // A few rows at a time stay in the cache for all views.
    for y in stride(from: rows.lowerBound, to: rows.upperBound, by: 16) {
      job.push(data + y * picture.stride, stride: picture.stride, x: 0, y: y, count: min(16, rows.upperBound - y))
    }
    job.finish()
    return []
  }

  /// The file as OpenCV may see it; nil where that is the file itself.
  static func rebuilt(_ file: ByteReader, _ header: ImageHeader) throws(Failure) -> [UInt8]? {
    switch header.format {
    case .png: try PNG.picture(of: file)
    case .webp: try WebP.picture(of: file, size: header.storedSize)
    case .tiff: TIFF.picture(of: file, orientation: header.orientation)
    default: nil
    }
  }
}

extension ocvc_status {
  /// The message, out of its fixed array.
  var text: String {
    withUnsafeBytes(of: message) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}
