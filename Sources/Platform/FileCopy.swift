/// Copies of files.
public enum FileCopy {
  private static let blockBytes = 1 << 18

  /// Copies the file at `source` to the new name `path`, with its time of modification. Throws `EEXIST` if the name is
  /// there.
  public static func make(of source: RawPath, at path: RawPath) throws(FileError) {
    let input = retrying { source.withCString { open($0, O_RDONLY | O_CLOEXEC) } }
    guard input >= 0 else { throw FileError(source) }
    defer { close(input) }
    let file = try AtomicFile(path)
    let block = UnsafeMutableRawBufferPointer.allocate(byteCount: blockBytes, alignment: 16)
    defer { block.deallocate() }
    while true {
      let count = retrying { read(input, block.baseAddress, block.count) }
      guard count >= 0 else { throw FileError(source) }
      if count == 0 { break }
      try file.write(UnsafeRawBufferPointer(rebasing: block[..<count]))
    }
    var status = stat()
    if fstat(input, &status) == 0 {
      var times = [status.st_atim, status.st_mtim]
      _ = futimens(file.descriptor, &times)
    }
    _ = try file.commit(.error)
  }

  /// Whether two files have the same bytes.
  public static func isSame(_ path: RawPath, _ other: RawPath) throws(FileError) -> Bool {
    var descriptors: [Int32] = []
    defer { for descriptor in descriptors { close(descriptor) } }
    var sizes: [Int] = []
    for path in [path, other] {
      let descriptor = retrying { path.withCString { open($0, O_RDONLY | O_CLOEXEC) } }
      guard descriptor >= 0 else { throw FileError(path) }
      descriptors.append(descriptor)
      var status = stat()
      guard fstat(descriptor, &status) == 0 else { throw FileError(path) }
      sizes.append(Int(status.st_size))
    }
    guard sizes[0] == sizes[1] else { return false }
    let blocks = UnsafeMutableRawBufferPointer.allocate(byteCount: 2 * blockBytes, alignment: 16)
    defer { blocks.deallocate() }
    let (first, second) = (blocks.baseAddress!, blocks.baseAddress! + blockBytes)
    var offset = 0
    while offset < sizes[0] {
      let count = retrying { pread(descriptors[0], first, blockBytes, off_t(offset)) }
      guard count >= 0 else { throw FileError(path) }
      guard count > 0, retrying({ pread(descriptors[1], second, count, off_t(offset)) }) == count,
        memcmp(first, second, count) == 0
      else { return false }
      offset += count
    }
    return true
  }
}
