import CJPEG
import Recognition

/// Decodes whole pictures of the formats that libraries read as a whole, in a process of its own if the limits name one.
///
/// It belongs to one worker; its memory is reused from picture to picture.
final class WholeDecoder {
  private let timeout: Duration
  private let process: DecoderProcess?
  private let buffer = ScratchBuffer()

  init(limits: DecodeLimits) {
    timeout = limits.timeout
    process = limits.decoderExecutable.map { DecoderProcess(executable: $0, timeout: limits.timeout) }
  }

  /// Decodes the picture that `header` describes. The pixels are valid, and may be changed, until the next call.
  ///
  /// Throws `truncated`, `corrupt`, `unsupported`, `outOfMemory`, `timeout`, `crashed`.
  func decode(_ bytes: UnsafeRawBufferPointer, _ header: ImageHeader) throws(Failure)
    -> (pixels: UnsafeMutablePointer<UInt8>, stored: StoredPixels)
  {
    if let process { return try process.decode(bytes, header) }
    let deadline = cjpeg_now() + timeout.nanoseconds
    let pixels = buffer.reserve(header.storedSize.area * 4)
    let request = LibraryDecoder.Request(
      format: header.format, size: header.storedSize, page: header.page, directory: header.directory)
    let stored = try StoredPixels(LibraryDecoder.decode(bytes, request, into: pixels), name: header.formatName)
    if cjpeg_now() > deadline {
      throw Failure(.decode, .timeout, "decoding took more than \(timeout.components.seconds) s")
    }
    return (pixels, stored)
  }
}
