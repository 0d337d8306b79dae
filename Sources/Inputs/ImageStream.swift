import Platform
import Recognition

/// Reads the images of a stream, one after another, as `ffmpeg -f image2pipe` writes them.
///
/// A single image gets the stream's own name as its path, of several each gets a number: `-#1`, `-#2`. Files show where
/// they end, but for DICOM, PNM as text and bare codestreams of JPEG 2000 and JPEG XL: such a file extends to the end of
/// the stream.
final class ImageStream {
  private let stream: ByteStream
  private let name: RawPath
  private let maxBytes: Int
  private let sniff: (UnsafeRawBufferPointer) -> ImageFormat?
  /// Images so far.
  private var count = 0

  init(
    _ stream: ByteStream, name: RawPath, maxBytes: Int, sniff: @escaping (UnsafeRawBufferPointer) -> ImageFormat?
  ) {
    self.stream = stream
    self.name = name
    self.maxBytes = maxBytes
    self.sniff = sniff
  }

  /// Returns the next image; nil at the end.
  func next() -> Container.Member? {
    do throws(Failure) {
      try fill(StreamContent.headLength)
      if stream.ahead.isEmpty { return nil }
      guard let format = format(at: 0) else { return try leftover() }
      count += 1
      return try image(format)
    } catch {
      return Container.Member(name, .fault(error))
    }
  }

  private func image(_ format: ImageFormat) throws(Failure) -> Container.Member {
    var size = try measure(format)
    var path = RawPath(name.bytes + "#\(count)".utf8)
    if count == 1 {
      // Only what follows shows whether it is the only one.
      try fill(size.kept + StreamContent.headLength)
      if stream.ahead.count == size.kept || self.format(at: size.kept) == nil {
        // Cameras append data of their own, which belong to the file.
        if try !hasFurtherImage(after: size.kept) {
          let rest = stream.ahead.count - size.kept
          size = Size(kept: stream.ahead.count, all: size.all + rest)
          path = name
        }
      }
    }
    let bytes = stream.take(size.kept)
    guard size.all <= maxBytes else {
      return Container.Member(
        path, .fault(Failure(.read, .fileTooLarge, "\(size.all) bytes; the limit is \(maxBytes)")))
    }
    return Container.Member(path, .bytes(bytes))
  }

  /// Bytes of an image.
  private struct Size {
    /// Those in `stream.ahead`; fewer than `all` if the image is over the limit.
    var kept: Int
    var all: Int
  }

  /// Finds the end of the image at the beginning of `stream.ahead`, of which it reads as much as it takes.
  private func measure(_ format: ImageFormat) throws(Failure) -> Size {
    var scanner = ImageEndScanner(format)
    var dropped = 0
    while true {
      if let end = scanner.end(in: stream.ahead, isComplete: stream.isAtEnd) {
        return Size(kept: end, all: dropped + end)
      }
      // Bytes of an image that will be refused are not kept.
      let passed = min(scanner.position, stream.ahead.count)
      if passed > maxBytes {
        _ = stream.take(passed)
        scanner.drop(passed)
        dropped += passed
      }
      try fill(stream.ahead.count + 1)
    }
  }

  /// Reads until `stream.ahead` has `count` bytes, if there are as many.
  private func fill(_ count: Int) throws(Failure) { try stream.fill { $0.count < count } }

  private func format(at offset: Int) -> ImageFormat? {
    let head = stream.ahead[offset...].prefix(StreamContent.headLength)
    return head.withUnsafeBytes(sniff)
  }

  /// Reads to the end, within the limit; returns whether an image seems to begin somewhere after `offset`.
  private func hasFurtherImage(after offset: Int) throws(Failure) -> Bool {
    try fill(maxBytes + 1)
    let rest = stream.ahead[offset...]
    let starts: [[UInt8]] = [[0xff, 0xd8, 0xff], [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]]
    return rest.indices.contains { index in
      (rest[index] == 0xff || rest[index] == 0x89) && starts.contains { rest[index...].starts(with: $0) }
    }
  }

  /// Reports bytes after an image that are none: whatever they are, they are not passed over without a word.
  private func leftover() throws(Failure) -> Container.Member? {
    var bytes = 0
    while !stream.ahead.isEmpty {
      bytes += stream.ahead.count
      _ = stream.take(stream.ahead.count)
      try fill(1)
    }
    let message = "\(bytes) bytes after image \(count) are not an image; images after them are not found"
    return Container.Member(name, .fault(Failure(.walk, .unknownFormat, message)))
  }
}
