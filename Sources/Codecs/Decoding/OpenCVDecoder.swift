import CJPEG
import COpenCV
import Platform
import Recognition

/// Decodes every format but JPEG through OpenCV's codecs, after the header was checked here.
enum OpenCVDecoder {
  static func decode(_ bytes: UnsafeRawBufferPointer, _ job: DecodeJob, timeout: Duration) throws(Failure) -> [String] {
    let header = job.header
    let file = ByteReader(bytes)
    let deadline = cjpeg_now() + timeout.nanoseconds
    let rebuilt = try header.format.reader.rebuilt(file, header)
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
    if cjpeg_now() > deadline {
      throw Failure(.decode, .timeout, "decoding took more than \(timeout.components.seconds) s")
    }
    let size = PixelSize(width: Int(picture.width), height: Int(picture.height))
    guard size == header.storedSize, let data = picture.data else {
      throw Failure(.decode, .corrupt, "\(header.format): the picture has not the size of its header")
    }
    try job.begin(source: size, extent: (Double(size.width), Double(size.height)), order: .bgr)
    let rows = job.union(\.rows)
    // A few rows at a time stay in the processor's cache for all writers.
    for y in stride(from: rows.lowerBound, to: rows.upperBound, by: 16) {
      job.push(data + y * picture.stride, stride: picture.stride, x: 0, y: y, count: min(16, rows.upperBound - y))
    }
    job.finish()
    return []
  }
}

extension copencvcodecs_status {
  /// The message as text.
  var text: String { String(cArray: message) }
}
