import Platform

/// Reads the lines of a file by their offsets, fastest in their order.
final class LineReader {
  private let file: OutputFile
  /// Bytes of the longest line that is read: more than a record of the largest picture has.
  private static let maxLength = 256 << 20

  /// Bytes that the file had when the reader was made; later ones are not read.
  private let size: Int
  private var block = [UInt8](repeating: 0, count: 64 * 1024)
  /// The part of the file that is in `block`.
  private var part = 0..<0

  init(_ file: OutputFile) {
    self.file = file
    size = file.size
  }

  /// Calls `body` with the line that begins at `offset`, without its newline, and with whether the newline is there.
  /// Returns nil at the end of the file.
  func read<Value>(
    at offset: Int, _ body: (UnsafeBufferPointer<UInt8>, _ isComplete: Bool) -> Value
  ) throws(SetupError) -> Value? {
    guard offset < size else { return nil }
    while true {
      if part.contains(offset) {
        let start = offset - part.lowerBound
        let length = lineLength(from: start)
        if let length = length ?? (part.upperBound == size ? part.count - start : nil) {
          let isComplete = start + length < part.count
          return block.withUnsafeBufferPointer { bytes in
            body(UnsafeBufferPointer(rebasing: bytes[start..<start + length]), isComplete)
          }
        }
        // The line is longer than the block.
        if start == 0 {
          guard block.count < Self.maxLength else {
            throw SetupError(
              "\(file.path): a line has more than \(Self.maxLength >> 20) MiB; the file is left as it was")
          }
          block += [UInt8](repeating: 0, count: block.count)
        }
      }
      let wanted = min(block.count, size - offset)
      let got = retrying { pread(file.descriptor, &block, wanted, off_t(offset)) }
      guard got >= 0 else { throw SetupError("cannot read \(file.path): \(systemMessage(errno))") }
      guard got > 0 else { return nil }
      part = offset..<offset + got
    }
  }

  /// Bytes of the block from `start` to the next newline; nil without a newline.
  private func lineLength(from start: Int) -> Int? {
    block.withUnsafeBytes { bytes in
      let first = bytes.baseAddress! + start
      return memchr(first, Int32(UInt8(ascii: "\n")), part.count - start).map { UnsafeRawPointer($0) - first }
    }
  }
}
