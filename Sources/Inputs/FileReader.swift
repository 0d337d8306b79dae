import Platform
import Recognition

/// A buffer for the bytes of one file, reused for the next. One owner at a time.
public final class FileBuffer: @unchecked Sendable {  // passed from worker to worker, never shared
  public private(set) var count = 0
  public private(set) var capacity: Int
  /// Bytes that are counted for its file, in the budget of its owner.
  public var reserved = 0
  private var base: UnsafeMutableRawPointer

  public init(capacity: Int = 256 * 1024) {
    self.capacity = max(1, capacity)
    base = .allocate(byteCount: self.capacity, alignment: 64)
  }

  deinit { base.deallocate() }

  /// Bytes of the last read; valid until the next read into this buffer.
  public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

  /// Copies `bytes` into the buffer, for items that bring their bytes.
  public func assign(_ bytes: [UInt8]) {
    reserve(bytes.count)
    bytes.withUnsafeBytes { if let start = $0.baseAddress { base.copyMemory(from: start, byteCount: $0.count) } }
    count = bytes.count
  }

  /// Ensures a capacity of `size` bytes; the content is lost.
  fileprivate func reserve(_ size: Int) {
    count = 0
    // After one huge file among small ones the capacity must not stay for the rest of the run.
    let isWasteful = capacity > 16 << 20 && size < capacity / 4
    guard size > capacity || isWasteful else { return }
    base.deallocate()
    // Half as much again, so that slowly growing files do not reallocate each time.
    capacity = max(256 * 1024, size + size / 2)
    base = .allocate(byteCount: capacity, alignment: 64)
  }

  /// Reads up to `size` bytes in all; returns 0 or the error number.
  fileprivate func fill(from descriptor: Int32, upTo size: Int) -> Int32 {
    while count < size {
      let got = retrying { read(descriptor, base + count, size - count) }
      if got == 0 { break }
      if got < 0 { return errno }
      count += got
    }
    return 0
  }
}

/// Reads whole files, never blocks on a pipe or device, and reports a file that changed while it was read.
///
/// It reads and does not map: a mapped file that shrinks is a SIGBUS.
public enum FileReader {
  /// Reads the file at `path` into `buffer`.
  ///
  /// Only regular files; one of more than `maxBytes` is refused before a byte is read. Returns the file's metadata.
  @discardableResult
  public static func read(_ path: RawPath, into buffer: FileBuffer, maxBytes: Int) throws(Failure) -> FileStamp {
    let descriptor = try LongPath.openForReading(path, stage: .read)
    defer { close(descriptor) }

    var before = stat()
    guard fstat(descriptor, &before) == 0 else { throw Failure(.read, errno: errno) }
    guard LongPath.kind(before) == S_IFREG else { throw notAFile(LongPath.kind(before), stage: .read) }
    let size = Int(before.st_size)
    guard size <= maxBytes else {
      throw Failure(.read, .fileTooLarge, "\(size) bytes; the limit is \(maxBytes)")
    }
    guard size > 0 else { throw Failure(.read, .empty, "the file is empty") }
    #if os(Linux)
      if size > 256 * 1024 { _ = posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL) }
    #endif

    buffer.reserve(size)
    let code = buffer.fill(from: descriptor, upTo: size)
    guard code == 0 else { throw Failure(.read, errno: code) }
    guard buffer.count == size else {
      throw Failure(.read, .changed, "the file shrank from \(size) to \(buffer.count) bytes while it was read")
    }
    var after = stat()
    guard fstat(descriptor, &after) == 0, after.st_size == before.st_size, modified(after) == modified(before) else {
      throw Failure(.read, .changed, "the file changed while it was read")
    }
    return FileStamp(after)
  }

  /// Returns the SHA-256 of `bytes`.
  public static func digest(_ bytes: UnsafeRawBufferPointer) -> [UInt8] { Digest.of(bytes) }

  /// Reads like `read`; returns nil if a later write could leave the file with the same stamp.
  public static func readSettled(_ path: RawPath, into buffer: FileBuffer, maxBytes: Int) throws(Failure)
    -> FileStamp?
  {
    let readAt = clockNanoseconds()
    let stamp = try read(path, into: buffer, maxBytes: maxBytes)
    return stamp.isRacy(readAt: readAt) ? nil : stamp
  }

  /// Asks the system to fetch a file that will be read soon; ignores errors.
  public static func prefetch(_ path: RawPath) {
    #if os(Linux)
      guard case .descriptor(let descriptor) = LongPath.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY) else { return }
      _ = posix_fadvise(descriptor, 0, 0, POSIX_FADV_WILLNEED)
      close(descriptor)
    #endif
  }

  static func notAFile(_ kind: UInt32, stage: Failure.Stage) -> Failure {
    let name =
      switch kind {
      case S_IFDIR: "a folder"
      case S_IFIFO: "a named pipe"
      case S_IFSOCK: "a socket"
      case S_IFCHR, S_IFBLK: "a device"
      default: "not a regular file"
      }
    return Failure(stage, .notAFile, "this is \(name)")
  }

  private static func modified(_ status: stat) -> [Int] {
    #if os(Linux)
      [status.st_mtim.tv_sec, status.st_mtim.tv_nsec]
    #else
      [status.st_mtimespec.tv_sec, status.st_mtimespec.tv_nsec]
    #endif
  }
}

extension FileStamp {
  /// Whether there is a regular file at `path`.
  public static func isFile(_ path: RawPath) -> Bool { FileStamp(path: path) != nil }

  /// Stamps the file at `path`; nil if there is no regular file.
  init?(path: RawPath) {
    var status = stat()
    guard LongPath.examine(path, &status) == 0, LongPath.kind(status) == S_IFREG else { return nil }
    self.init(status)
  }

  /// Stamps the file at `path`; nil if `FileReader` would refuse it.
  public init?(path: RawPath, maxBytes: Int) {
    self.init(path: path)
    guard size > 0, size <= maxBytes else { return nil }
  }

  init(_ status: stat) {
    let (modified, changed) = nanoseconds(status)
    self.init(
      device: UInt64(truncatingIfNeeded: status.st_dev), inode: UInt64(truncatingIfNeeded: status.st_ino),
      size: Int64(status.st_size), modified: modified, changed: changed)
  }
}
