import Platform

/// A file that a run writes. It is opened and locked before the run starts, and nothing in it changes before `begin` or
/// `resume`, so that a run that cannot start leaves it as it was.
///
/// `OutputFiles` opens it and makes the checks.
public final class OutputFile {
  public let path: RawPath
  public let descriptor: Int32
  public let isRegular: Bool
  let identity: FileIdentity
  /// Number of names of the file.
  let linkCount: Int
  /// Whether the file was there before.
  let existed: Bool
  /// Whether the file stays open, and locked, after its last byte, because the run arranges it then.
  public var staysOpen = false

  private var isBegun = false
  private var isOpen = true

  /// Opens the file; creates it with the usual permissions if it does not exist.
  init(_ path: RawPath) throws(SetupError) {
    let opened = Self.open(path)
    guard opened.descriptor >= 0 else { throw Self.problem(path, opened.code) }
    var status = stat()
    guard fstat(opened.descriptor, &status) == 0 else {
      let code = errno
      Platform.close(opened.descriptor)
      throw Self.problem(path, code)
    }
    self.path = path
    descriptor = opened.descriptor
    isRegular = LongPath.kind(status) == S_IFREG
    if opened.isNew, isRegular {
      let code = WriteTrial.reserve(opened.descriptor)
      guard code == 0 else {
        _ = path.withCString { unlink($0) }
        Platform.close(opened.descriptor)
        throw Self.problem(path, code)
      }
    }
    identity = FileIdentity(status)
    linkCount = Int(status.st_nlink)
    existed = !opened.isNew
  }

  deinit {
    // The run did not start.
    if !isBegun { removeIfUnused() }
    _ = close()
  }

  /// Removes a file that was created for this run and holds nothing. The lock is still held, so that no other run has
  /// begun to write.
  func removeIfUnused() {
    guard !existed, isOpen, size == 0, FileIdentity(path) == identity else { return }
    _ = path.withCString { unlink($0) }
  }

  /// Bytes that the file holds now.
  public var size: Int {
    var status = stat()
    return fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
  }

  /// Empties the file.
  public func begin() throws(SetupError) { try resume(at: 0) }

  /// Cuts the file to its first `end` bytes; what follows is written after them.
  public func resume(at end: Int) throws(SetupError) {
    isBegun = true
    guard isRegular else { return }
    guard size == end || retrying({ ftruncate(descriptor, off_t(end)) }) == 0,
      lseek(descriptor, off_t(end), SEEK_SET) >= 0
    else { throw Self.problem(path, errno) }
  }

  /// Bytes from the beginning, at most `count`; nil if the file cannot be read.
  func head(_ count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    let got = retrying { pread(descriptor, &bytes, count, 0) }
    return got < 0 ? nil : Array(bytes.prefix(got))
  }

  /// Whether no other process writes the file; holds the lock until the file is closed.
  ///
  /// A file system without locks permits everything.
  func lock() -> Bool { retrying { flock(descriptor, LOCK_EX | LOCK_NB) } == 0 || errno != EWOULDBLOCK }

  /// Closes the file. Returns 0 or the error number.
  func close() -> Int32 {
    guard isOpen else { return 0 }
    isOpen = false
    // EINTR from close leaves the descriptor closed on Linux.
    return Platform.close(descriptor) == 0 || errno == EINTR ? 0 : errno
  }

  static func problem(_ path: RawPath, _ code: Int32) -> SetupError {
    let advice =
      switch code {
      case ENOENT, ENOTDIR: "; make its folder first"
      case ENOSPC, EDQUOT: "; make room, or name a file on another disk"
      case EISDIR: "; name a file in it"
      case EACCES, EPERM, EROFS: "; name a file where you may write"
      default: ""
      }
    return SetupError("cannot write \(path): \(systemMessage(code))\(advice)")
  }

  private static func open(_ path: RawPath) -> (descriptor: Int32, isNew: Bool, code: Int32) {
    var status = stat()
    // A pipe that is opened for reading too would never be at its end.
    let isSpecial = LongPath.examine(path, &status) == 0 && LongPath.kind(status) != S_IFREG
    func attempt(_ flags: Int32) -> Int32 {
      retrying { path.withCString { openat(AT_FDCWD, $0, flags | O_CLOEXEC | O_NOCTTY, 0o666) } }
    }
    if isSpecial {
      let descriptor = attempt(O_WRONLY)
      return (descriptor, false, errno)
    }
    var descriptor = attempt(O_RDWR)
    // Written only, it can still be filled from its beginning.
    if descriptor < 0, errno == EACCES { descriptor = attempt(O_WRONLY) }
    if descriptor >= 0 || errno != ENOENT { return (descriptor, false, errno) }
    descriptor = attempt(O_RDWR | O_CREAT | O_EXCL)
    if descriptor >= 0 || errno != EEXIST { return (descriptor, true, errno) }
    // A link to a file that does not exist, or a file that was created in this moment.
    descriptor = attempt(O_RDWR | O_CREAT)
    return (descriptor, false, errno)
  }
}
