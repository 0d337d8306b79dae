/// What to do if the name of an output exists already.
public enum OnExists: String, Sendable, CaseIterable { case skip, overwrite, rename, error }

/// A file that gets its name only when it is complete and on the disk.
///
/// If the file system supports it (`O_TMPFILE`), the file has no name until then, and a process that is killed leaves
/// nothing behind. Otherwise it has a hidden random name in the same folder.
public final class AtomicFile {
  /// Open for writing, at offset 0.
  public let descriptor: Int32
  private let path: RawPath
  /// The temporary name; nil while the file has no name.
  private var scratch: RawPath?
  private var isOpen = true

  /// Whether the file has a temporary name, under which it stays behind if the process is killed.
  public var hasName: Bool { scratch != nil }

  #if os(Linux)
    /// O_TMPFILE, which Glibc's module leaves out; nil without /proc, through which such a file gets its name.
    private static let unnamed: Int32? = access("/proc/self/fd", X_OK) == 0 ? 0o20000000 | O_DIRECTORY : nil
  #else
    private static let unnamed: Int32? = nil
  #endif

  /// Creates the file beside `path`; with `makesFolders`, also the missing folders above it.
  public init(_ path: RawPath, makesFolders: Bool = false) throws(FileError) {
    self.path = path
    let folder = path.parent
    if makesFolders { try Self.makeFolder(folder) }
    if let unnamed = Self.unnamed {
      let opened = retrying { folder.withCString { open($0, O_WRONLY | O_CLOEXEC | unnamed, 0o666) } }
      if opened >= 0 {
        descriptor = opened
        return
      }
    }
    let name = Self.scratchName(path)
    let opened = retrying { name.withCString { open($0, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666) } }
    guard opened >= 0 else { throw FileError(path) }
    descriptor = opened
    scratch = name
  }

  deinit { abandon() }

  /// Appends `bytes`.
  public func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    let code = writeAll(descriptor, bytes)
    guard code == 0 else { throw FileError(path, code) }
  }

  /// Appends `bytes`.
  public func write(_ bytes: [UInt8]) throws(FileError) {
    let code = bytes.withUnsafeBytes { writeAll(descriptor, $0) }
    guard code == 0 else { throw FileError(path, code) }
  }

  /// Closes the file and removes it, unless it was committed.
  public func abandon() {
    guard isOpen else { return }
    isOpen = false
    close(descriptor)
    if let scratch { _ = scratch.withCString { unlink($0) } }
  }

  /// Writes the file to the disk and gives it its name, or `NAME-1.EXT` and so on if that exists and `policy` is
  /// `rename`. Returns the name.
  ///
  /// Throws `EEXIST` if the name exists and `policy` is `error` or `skip`.
  public func commit(_ policy: OnExists) throws(FileError) -> RawPath {
    defer { abandon() }
    try Self.synchronise(descriptor, path)
    if policy == .overwrite {
      let name = scratch ?? Self.scratchName(path)
      if scratch == nil { try link(as: name) }
      guard name.withCString({ from in path.withCString { rename(from, $0) } }) == 0 else {
        let error = FileError(path)
        _ = name.withCString { unlink($0) }
        throw error
      }
      scratch = nil
      return path
    }
    for number in 0..<10_000 {
      let name = number == 0 ? path : Self.numbered(path, number)
      do throws(FileError) {
        try link(as: name)
        return name
      } catch {
        guard error.code == EEXIST, policy == .rename else { throw error }
      }
    }
    throw FileError(path, EEXIST)
  }

  /// Writes `bytes` to `path` all or nothing, replacing a regular file. A device or a pipe is written directly.
  public static func write(_ bytes: UnsafeRawBufferPointer, to path: RawPath) throws(SetupError) {
    do throws(FileError) {
      var status = stat()
      if LongPath.examine(path, &status) == 0, LongPath.kind(status) != S_IFREG {
        let flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOCTTY | O_CLOEXEC
        let descriptor = retrying { path.withCString { open($0, flags, 0o666) } }
        guard descriptor >= 0 else { throw FileError(path) }
        defer { close(descriptor) }
        try put(bytes, into: descriptor, path)
      } else {
        let file = try AtomicFile(path)
        try file.write(bytes)
        _ = try file.commit(.overwrite)
      }
    } catch {
      throw SetupError("cannot write \(error)")
    }
  }

  /// Writes `bytes` to `path` all or nothing, replacing a regular file. A device or a pipe is written directly.
  public static func write(_ bytes: [UInt8], to path: RawPath) throws(SetupError) {
    let failure = bytes.withUnsafeBytes { bytes -> SetupError? in
      do throws(SetupError) { try write(bytes, to: path) } catch { return error }
      return nil
    }
    if let failure { throw failure }
  }

  /// Whether `path` names anything, a dangling link included.
  public static func exists(_ path: RawPath) -> Bool {
    var status = stat()
    return LongPath.examine(path, follow: false, &status) == 0
  }

  private static func put(_ bytes: UnsafeRawBufferPointer, into descriptor: Int32, _ path: RawPath) throws(FileError) {
    let code = writeAll(descriptor, bytes)
    guard code == 0 else { throw FileError(path, code) }
  }

  private static func synchronise(_ descriptor: Int32, _ path: RawPath) throws(FileError) {
    guard retrying({ fsync(descriptor) }) != 0 else { return }
    let code = errno
    // Some file systems have no disk to write to.
    guard code == EINVAL || code == ENOTSUP || code == EROFS else { throw FileError(path, code) }
  }

  private func link(as name: RawPath) throws(FileError) {
    let code = name.withCString { name -> Int32 in
      let source = scratch ?? RawPath("/proc/self/fd/\(descriptor)")
      let done = source.withCString { linkat(AT_FDCWD, $0, AT_FDCWD, name, scratch == nil ? AT_SYMLINK_FOLLOW : 0) }
      return done == 0 ? 0 : errno
    }
    guard code != 0 else { return }
    // A file system without hard links: the check and the rename are two steps there.
    guard let scratch, code == EPERM || code == EOPNOTSUPP || code == ENOSYS else { throw FileError(name, code) }
    if Self.exists(name) { throw FileError(name, EEXIST) }
    guard scratch.withCString({ from in name.withCString { rename(from, $0) } }) == 0 else { throw FileError(name) }
    self.scratch = nil
  }

  /// Creates a folder and the missing ones above it.
  public static func makeFolder(_ path: RawPath) throws(FileError) {
    var status = stat()
    if LongPath.examine(path, &status) == 0 { return }
    let parent = path.parent
    if parent != path, parent != RawPath(".") || path.bytes.contains(UInt8(ascii: "/")) { try makeFolder(parent) }
    guard path.withCString({ mkdir($0, 0o777) }) == 0 || errno == EEXIST else { throw FileError(path) }
  }

  /// Short enough for any file system; unique among the processes and their files.
  private static func scratchName(_ path: RawPath) -> RawPath {
    let name = ".imgrec-\(getpid())-\(UInt64.random(in: 0...UInt64.max)).part"
    return path.parent.appending(name.utf8)
  }

  /// Returns the path with a number before its ending: "a.png" -> "a-1.png".
  public static func numbered(_ path: RawPath, _ number: Int) -> RawPath {
    let stem = path.stem
    return RawPath(Array(stem) + Array("-\(number)".utf8) + Array(path.bytes[stem.endIndex...]))
  }
}
