/// Identifies a file or folder of the machine, whatever path leads to it.
public struct FileIdentity: Hashable, Sendable {
  public let device: UInt64
  public let inode: UInt64

  public init(_ status: stat) {
    device = UInt64(truncatingIfNeeded: status.st_dev)
    inode = UInt64(truncatingIfNeeded: status.st_ino)
  }

  /// The file or folder that `path` names, links followed; nil if nothing has that name.
  public init?(_ path: RawPath) {
    var status = stat()
    guard LongPath.examine(path, &status) == 0 else { return nil }
    self.init(status)
  }

  /// The file behind a descriptor; nil if it is closed or no regular file.
  public init?(regular descriptor: Int32) {
    var status = stat()
    guard fstat(descriptor, &status) == 0, LongPath.kind(status) == S_IFREG else { return nil }
    self.init(status)
  }
}

extension RawPath {
  /// Path without the last component.
  public var parent: RawPath {
    guard let end = bytes.lastIndex(of: UInt8(ascii: "/")) else { return RawPath(".") }
    return end == 0 ? RawPath("/") : RawPath(bytes[..<end])
  }

  /// Descriptor of standard output or standard error, if that is what the path names. Opened by the path, a file to which
  /// it is redirected would be written from its beginning.
  public var standardStream: Int32? {
    for (stream, name) in [(STDOUT_FILENO, "stdout"), (STDERR_FILENO, "stderr")] {
      let names = ["/dev/\(name)", "/dev/fd/\(stream)", "/proc/self/fd/\(stream)"]
      if names.contains(where: { bytes.elementsEqual($0.utf8) }) { return stream }
    }
    return nil
  }

  /// Absolute path without links, also of a file that does not exist yet; nil if its folder does not exist.
  public var resolved: RawPath? { resolved(links: 40) }

  /// Absolute path without links as far as it exists; what does not exist yet has no links.
  public var resolvedAsFarAsItExists: RawPath {
    if let resolved { return resolved }
    let parent = parent
    // The current folder was removed.
    guard parent != self else { return self }
    let folder = parent.resolvedAsFarAsItExists
    switch String(decoding: lastComponent, as: UTF8.self) {
    case "", ".": return folder
    case "..": return folder.parent
    default:
      // Behind a `..` it may exist again, and be a link.
      let path = folder.appending(lastComponent)
      return path.resolved ?? path
    }
  }

  private func resolved(links: Int) -> RawPath? {
    if let whole = real { return whole }
    guard links > 0, !lastComponent.isEmpty else { return nil }
    var target = [UInt8](repeating: 0, count: 4096)
    let count = withCString { name in
      target.withUnsafeMutableBytes { readlink(name, $0.baseAddress!.assumingMemoryBound(to: CChar.self), $0.count) }
    }
    if count > 0 {
      // A link to a file that does not exist.
      let next = RawPath(target[..<count])
      return (next.isAbsolute ? next : parent.appending(next.bytes)).resolved(links: links - 1)
    }
    return parent.real.map { $0.appending(lastComponent) }
  }

  private var real: RawPath? {
    guard let found = withCString({ realpath($0, nil) }) else { return nil }
    defer { free(found) }
    return RawPath(UnsafeRawBufferPointer(start: found, count: strlen(found)))
  }
}

/// Nanoseconds since 1970 at which a file was written last, and at which it or its metadata were changed last.
public func nanoseconds(_ status: stat) -> (modified: Int64, changed: Int64) {
  #if os(Linux)
    let (modified, changed) = (status.st_mtim, status.st_ctim)
  #else
    let (modified, changed) = (status.st_mtimespec, status.st_ctimespec)
  #endif
  let count = { (time: timespec) in Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec) }
  return (count(modified), count(changed))
}

/// Nanoseconds since 1970 at which the file behind `descriptor` was created; nil where that is unknown.
public func birthNanoseconds(of descriptor: Int32) -> Int64? {
  #if os(Linux)
    // Glibc's module leaves statx out. Offsets of struct statx in <linux/stat.h>: the mask at 0, the birth at 80.
    typealias Function = @convention(c) (Int32, UnsafePointer<CChar>, Int32, UInt32, UnsafeMutableRawPointer) -> Int32
    guard let symbol = dlsym(nil, "statx") else { return nil }
    let statx = unsafeBitCast(symbol, to: Function.self)
    let (emptyPath, birth): (Int32, UInt32) = (0x1000, 0x800)
    return withUnsafeTemporaryAllocation(byteCount: 256, alignment: 8) { status in
      guard let start = status.baseAddress, statx(descriptor, "", emptyPath, birth, start) == 0,
        status.load(as: UInt32.self) & birth != 0
      else { return nil }
      let seconds = status.load(fromByteOffset: 80, as: Int64.self)
      guard seconds > 0 else { return nil }
      return seconds &* 1_000_000_000 &+ Int64(status.load(fromByteOffset: 88, as: UInt32.self))
    }
  #else
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nil }
    return Int64(status.st_birthtimespec.tv_sec) &* 1_000_000_000 &+ Int64(status.st_birthtimespec.tv_nsec)
  #endif
}
