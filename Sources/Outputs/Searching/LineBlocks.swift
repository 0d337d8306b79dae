import Platform

/// Reads a file by lines, each once and in their order.
final class LineBlocks {
  private let descriptor: Int32
  /// Bytes of the longest line that is read.
  private static let maxLength = 1 << 24

  /// nil for what cannot be opened, or is no file.
  init?(_ path: RawPath) {
    guard case .descriptor(let descriptor) = LongPath.open(path, O_RDONLY | O_CLOEXEC) else { return nil }
    self.descriptor = descriptor
    var status = stat()
    guard fstat(descriptor, &status) == 0, LongPath.kind(status) == S_IFREG else { return nil }
  }

  deinit { close(descriptor) }

  /// Calls `body` with each line, without its newline, and with its offset, as long as it returns true. Returns whether
  /// all lines were read.
  func each(_ body: (_ line: UnsafeBufferPointer<UInt8>, _ offset: Int) throws(SetupError) -> Bool) throws(SetupError)
    -> Bool
  {
    var block = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 1 << 20)
    defer { block.deallocate() }
    // Offset in the file of the block, and bytes in it.
    var (offset, count) = (0, 0)
    while true {
      let got = retrying { pread(descriptor, block.baseAddress! + count, block.count - count, off_t(offset + count)) }
      guard got >= 0 else { return false }
      count += got
      var start = 0
      while start < count {
        let first = block.baseAddress! + start
        let newline = memchr(first, 0x0a, count - start).map { $0.assumingMemoryBound(to: UInt8.self) - first }
        // The last line may lack its newline.
        guard let length = newline ?? (got == 0 ? count - start : nil) else { break }
        guard try body(UnsafeBufferPointer(start: first, count: length), offset + start) else { return false }
        start += length + 1
      }
      if got == 0 { return true }
      start = min(start, count)
      if start == 0, count == block.count {
        guard count < Self.maxLength else { return false }
        let larger = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 2 * count)
        memcpy(larger.baseAddress!, block.baseAddress!, count)
        block.deallocate()
        block = larger
      } else {
        memmove(block.baseAddress!, block.baseAddress! + start, count - start)
        (offset, count) = (offset + start, count - start)
      }
    }
  }

  /// The line that begins at `offset`; nil if it is not there any more.
  func line(at offset: Int) -> [UInt8]? {
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 4096)
    while bytes.count < Self.maxLength {
      let got = retrying { pread(descriptor, &block, block.count, off_t(offset + bytes.count)) }
      guard got >= 0 else { return nil }
      let part = block[..<got]
      if let end = part.firstIndex(of: 0x0a) { return bytes + part[..<end] }
      bytes += part
      if got == 0 { return bytes.isEmpty ? nil : bytes }
    }
    return nil
  }
}
