import Platform
import Recognition

/// A file that gets its name only when it is whole and on the disk.
///
/// Where the file system can, it has no name at all until then, and a process that is killed leaves nothing behind.
final class OutputFile {
  let descriptor: Int32
  private let path: RawPath
  /// The name it has meanwhile; nil while it has none.
  private var scratch: RawPath?
  private var isOpen = true

  #if os(Linux)
    /// O_TMPFILE, which Glibc's module leaves out.
    private static let unnamed: Int32? = 0o20000000 | O_DIRECTORY
  #else
    private static let unnamed: Int32? = nil
  #endif

  /// Makes the folders on the way. Throws `writeFailed` and its kin, of stage write.
  init(_ path: RawPath) throws(Failure) {
    self.path = path
    let folder = Self.parent(path)
    try Self.makeFolder(folder)
    if let unnamed = Self.unnamed {
      let opened = folder.withCString { open($0, O_WRONLY | O_CLOEXEC | unnamed, 0o666) }
      if opened >= 0 {
        descriptor = opened
        return
      }
    }
    let name = Self.scratchName(path)
    let opened = name.withCString { open($0, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666) }
    guard opened >= 0 else { throw Self.failure(errno) }
    descriptor = opened
    scratch = name
  }

  deinit { abandon() }

  /// Lets go of it; nothing stays.
  func abandon() {
    guard isOpen else { return }
    isOpen = false
    close(descriptor)
    if let scratch { _ = scratch.withCString { unlink($0) } }
  }

  /// Brings it to the disk and gives it its name, or one like it where that is taken and `policy` is rename. Throws
  /// `exists` where it is taken and may not be replaced.
  func commit(_ policy: OnExists) throws(Failure) -> RawPath {
    guard fsync(descriptor) == 0 || errno == EINVAL else { throw Self.failure(errno) }
    defer { abandon() }
    if policy == .overwrite {
      let name = scratch ?? Self.scratchName(path)
      if scratch == nil { try give(name) }
      guard name.withCString({ from in path.withCString { rename(from, $0) } }) == 0 else {
        let code = errno
        _ = name.withCString { unlink($0) }
        throw Self.failure(code)
      }
      scratch = nil
      return path
    }
    for number in 0..<10_000 {
      let name = number == 0 ? path : Self.numbered(path, number)
      do throws(Failure) {
        try give(name)
        return name
      } catch {
        guard error.code == .exists, policy == .rename else { throw error }
      }
    }
    throw Failure(.write, .exists, "\(path) and thousands like it are there already")
  }

  private func give(_ name: RawPath) throws(Failure) {
    let code = name.withCString { name -> Int32 in
      let source = scratch ?? RawPath("/proc/self/fd/\(descriptor)")
      let done = source.withCString { linkat(AT_FDCWD, $0, AT_FDCWD, name, scratch == nil ? AT_SYMLINK_FOLLOW : 0) }
      return done == 0 ? 0 : errno
    }
    if code == EEXIST { throw Failure(.write, .exists, "\(name) is there already (--on-exists)") }
    guard code != 0 else { return }
    // A file system without links: the look and the rename are two steps there.
    guard let scratch, code == EPERM || code == EOPNOTSUPP || code == ENOSYS else { throw Self.failure(code) }
    if Self.isThere(name) { throw Failure(.write, .exists, "\(name) is there already (--on-exists)") }
    guard scratch.withCString({ from in name.withCString { rename(from, $0) } }) == 0 else { throw Self.failure(errno) }
    self.scratch = nil
  }

  static func isThere(_ path: RawPath) -> Bool {
    var status = stat()
    return LongPath.examine(path, follow: false, &status) == 0
  }

  private static func failure(_ code: Int32) -> Failure {
    var failure = Failure(.write, errno: code)
    if failure.code == .ioError { failure.code = .writeFailed }
    return failure
  }

  private static func parent(_ path: RawPath) -> RawPath {
    guard let end = path.bytes.lastIndex(of: UInt8(ascii: "/")) else { return RawPath(".") }
    return end == 0 ? RawPath("/") : RawPath(path.bytes[..<end])
  }

  private static func makeFolder(_ path: RawPath) throws(Failure) {
    var status = stat()
    if LongPath.examine(path, &status) == 0 { return }
    let parent = parent(path)
    if parent != path, parent != RawPath(".") || path.bytes.contains(UInt8(ascii: "/")) { try makeFolder(parent) }
    guard path.withCString({ mkdir($0, 0o777) }) == 0 || errno == EEXIST else { throw failure(errno) }
  }

  private static func scratchName(_ path: RawPath) -> RawPath {
    // Short enough for any name; unique among the processes and their files.
    let name = ".imgrec-\(getpid())-\(UInt64.random(in: 0...UInt64.max)).part"
    return parent(path).appending(name.utf8)
  }

  /// "a.png" -> "a-1.png".
  private static func numbered(_ path: RawPath, _ number: Int) -> RawPath {
    guard let ending = path.fileExtension else { return RawPath(path.bytes + Array("-\(number)".utf8)) }
    let cut = path.bytes.count - ending.utf8.count - 1
    return RawPath(Array(path.bytes[..<cut]) + Array("-\(number)".utf8) + Array(path.bytes[cut...]))
  }
}
