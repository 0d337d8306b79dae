import CJPEG
import Recognition

/// Decodes whole pictures of the formats that libraries read as a whole; its buffer is reused from picture to picture.
final class WholeDecoder {
  private let timeout: Duration
  private let buffer = ScratchBuffer()

  init(timeout: Duration) { self.timeout = timeout }

  /// Decodes the picture that `header` describes. The pixels are valid, and may be changed, until the next call.
  func decode(_ bytes: UnsafeRawBufferPointer, _ header: ImageHeader) throws(Failure)
    -> (pixels: UnsafeMutablePointer<UInt8>, stored: StoredPixels)
  {
    let deadline = cjpeg_now() + timeout.nanoseconds
    let pixels = buffer.reserve(header.storedSize.area * 4)
    let stored = try LibraryDecoder.decode(bytes, header, into: pixels)
    if cjpeg_now() > deadline {
      throw Failure(.decode, .timeout, "decoding took more than \(timeout.components.seconds) s")
    }
    return (pixels, stored)
  }
}
