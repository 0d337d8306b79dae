import Platform
import Recognition

/// Room for the bytes of one file, used for one after another. One owner at a time.
public final class FileBuffer: @unchecked Sendable {  // handed from worker to worker, never shared
  public private(set) var count = 0
  public private(set) var capacity: Int
  private var base: UnsafeMutableRawPointer

  public init(capacity: Int = 256 * 1024) {
    self.capacity = max(1, capacity)
    base = .allocate(byteCount: self.capacity, alignment: 64)
  }

  deinit { base.deallocate() }

  /// What was read last; valid until the next read into this buffer.
  public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

  /// Holds a copy of `bytes`, as for items that came out of an archive.
  public func assign(_ bytes: [UInt8]) {
    reserve(bytes.count)
    bytes.withUnsafeBytes { if let start = $0.baseAddress { base.copyMemory(from: start, byteCount: $0.count) } }
    count = bytes.count
  }

  /// Makes room; the content is lost.
  fileprivate func reserve(_ wanted: Int) {
    count = 0
    // One huge file among small ones must not keep its room for the rest of the run.
    let isWasteful = capacity > 16 << 20 && wanted < capacity / 4
    guard wanted > capacity || isWasteful else { return }
    base.deallocate()
    // Half as much again, so that slowly growing files do not move it each time.
    capacity = max(256 * 1024, wanted + wanted / 2)
    base = .allocate(byteCount: capacity, alignment: 64)
  }

  fileprivate func fill(from descriptor: Int32, wanted: Int) -> Int32 {
    while count < wanted {
      let got = read(descriptor, base + count, wanted - count)
      if got == 0 { break }
      if got < 0 {
        if errno == EINTR { continue }
        return errno
      }
      count += got
    }
    return 0
  }
}

/// Reads whole files, never waits for one, and tells when a file changed under it.
///
/// It reads and does not map: a mapped file that shrinks is a SIGBUS.
public enum FileReader {
  /// Reads the file at `path` into `buffer`.
  ///
  /// Only regular files; one of more than `maxBytes` is refused before a byte is read. Gives what the file looked like.
  @discardableResult
  public static func read(_ path: RawPath, into buffer: FileBuffer, maxBytes: Int) throws(Failure) -> FileStamp {
    let descriptor: Int32
    // Non-blocking, so that a FIFO which took the file's place does not hold the run.
    switch LongPath.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY) {
    case .descriptor(let opened): descriptor = opened
    case .error(let code): throw Failure(.read, errno: code)
    }
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
    let code = buffer.fill(from: descriptor, wanted: size)
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

  /// SHA-256.
  public static func digest(_ bytes: UnsafeRawBufferPointer) -> [UInt8] { Digest.of(bytes) }

  /// Reads like `read`; gives nil where a later write could leave the file looking the same.
  public static func readSettled(_ path: RawPath, into buffer: FileBuffer, maxBytes: Int) throws(Failure)
    -> FileStamp?
  {
    let readAt = clockNanoseconds()
    let stamp = try read(path, into: buffer, maxBytes: maxBytes)
    return stamp.isRacy(readAt: readAt) ? nil : stamp
  }

  /// Asks the system to fetch a file that will be read soon; failing is no harm.
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
      default: "no regular file"
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
  /// The file that `path` leads to; nil where it is no file that would be read.
  public init?(path: RawPath, maxBytes: Int) {
    var status = stat()
    guard LongPath.examine(path, &status) == 0, LongPath.kind(status) == S_IFREG, status.st_size > 0,
      Int(status.st_size) <= maxBytes
    else { return nil }
    self.init(status)
  }

  init(_ status: stat) {
    #if os(Linux)
      let (modified, changed) = (status.st_mtim, status.st_ctim)
    #else
      let (modified, changed) = (status.st_mtimespec, status.st_ctimespec)
    #endif
    self.init(
      device: UInt64(truncatingIfNeeded: status.st_dev), inode: UInt64(truncatingIfNeeded: status.st_ino),
      size: Int64(status.st_size), modified: Self.nanoseconds(modified), changed: Self.nanoseconds(changed))
  }

  private static func nanoseconds(_ time: timespec) -> Int64 {
    Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
  }
}
