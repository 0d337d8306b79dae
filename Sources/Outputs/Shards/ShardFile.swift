import Platform

/// A shard that is being written from its beginning; it gets its name when it is complete.
final class ShardFile {
  let path: RawPath
  private let file: AtomicFile
  private var buffer: [UInt8] = []
  /// Number of bytes written so far.
  private(set) var count = 0

  private static let capacity = 1 << 20

  /// Creates the file and the missing folders above it.
  init(_ path: RawPath) throws(FileError) {
    self.path = path
    file = try AtomicFile(path, makesFolders: true)
    buffer.reserveCapacity(Self.capacity)
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    if buffer.count + bytes.count > Self.capacity { try flush() }
    if bytes.count >= Self.capacity { try file.write(bytes) } else { buffer.append(contentsOf: bytes) }
    count += bytes.count
  }

  func write(_ bytes: [UInt8]) throws(FileError) {
    let failure = bytes.withUnsafeBytes { bytes -> FileError? in
      do throws(FileError) { try write(bytes) } catch { return error }
      return nil
    }
    if let failure { throw failure }
  }

  func writeZeros(_ number: Int) throws(FileError) { try write([UInt8](repeating: 0, count: number)) }

  /// Replaces bytes at `offset` that were written before.
  func replace(at offset: Int, _ bytes: [UInt8]) throws(FileError) {
    try flush()
    guard retrying({ pwrite(file.descriptor, bytes, bytes.count, off_t(offset)) }) == bytes.count else {
      throw FileError(path)
    }
  }

  /// Gives the complete file its name; returns the name.
  func commit(_ policy: OnExists) throws(FileError) -> RawPath {
    try flush()
    return try file.commit(policy)
  }

  private func flush() throws(FileError) {
    guard !buffer.isEmpty else { return }
    try file.write(buffer)
    buffer.removeAll(keepingCapacity: true)
  }
}

/// Appends `value` in `size` bytes, the lowest first.
func littleEndian(_ value: some FixedWidthInteger, _ size: Int) -> [UInt8] {
  (0..<size).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
}
