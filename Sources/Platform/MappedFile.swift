/// A regular file that is read where it is, without a copy in memory.
public final class MappedFile {
  /// The bytes of the file; valid as long as the object, for those that keep it.
  public let bytes: UnsafeRawBufferPointer

  /// Throws `FileError` if `path` is no regular file that can be read.
  public init(_ path: RawPath) throws(FileError) {
    // A pipe without a writer would be waited for.
    let descriptor = retrying { path.withCString { open($0, O_RDONLY | O_NONBLOCK | O_CLOEXEC) } }
    guard descriptor >= 0 else { throw FileError(path) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw FileError(path) }
    let kind = status.st_mode & S_IFMT
    guard kind == S_IFREG else { throw FileError(path, kind == S_IFDIR ? EISDIR : EINVAL) }
    // Nothing cannot be mapped.
    guard status.st_size > 0 else {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    let length = Int(status.st_size)
    guard let mapped = mmap(nil, length, PROT_READ, MAP_PRIVATE, descriptor, 0), mapped != MAP_FAILED else {
      throw FileError(path)
    }
    bytes = UnsafeRawBufferPointer(start: mapped, count: length)
  }

  /// Calls `body` with the bytes of the file, which are valid until it returns.
  public func withBytes<Result, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> Result) throws(E) -> Result {
    defer { withExtendedLifetime(self) {} }
    return try body(bytes)
  }

  deinit {
    if let start = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: start), bytes.count) }
  }
}
