/// Opens and examines paths of any length; one that exceeds the kernel's limit is walked in parts.
public enum LongPath {
  /// An open descriptor, or the error number.
  public enum Opened {
    case descriptor(Int32)
    case error(Int32)
  }

  /// Opens `path` with `flags` and `O_CLOEXEC`.
  public static func open(_ path: RawPath, _ flags: Int32) -> Opened {
    let descriptor = retrying { path.withCString { openat(AT_FDCWD, $0, flags | O_CLOEXEC) } }
    if descriptor >= 0 { return .descriptor(descriptor) }
    let code = errno
    guard code == ENAMETOOLONG, path.bytes.count >= limit else { return .error(code) }
    return inParts(path) { parent, name in
      let descriptor = retrying { openat(parent, name, flags | O_CLOEXEC) }
      return descriptor >= 0 ? .descriptor(descriptor) : .error(errno)
    }
  }

  /// Calls stat, or lstat if `follow` is false. Returns 0 or the error number.
  public static func examine(_ path: RawPath, follow: Bool = true, _ status: inout stat) -> Int32 {
    let flags = follow ? 0 : AT_SYMLINK_NOFOLLOW
    if path.withCString({ fstatat(AT_FDCWD, $0, &status, flags) }) == 0 { return 0 }
    let code = errno
    guard code == ENAMETOOLONG, path.bytes.count >= limit else { return code }
    let opened = inParts(path) { parent, name in
      fstatat(parent, name, &status, flags) == 0 ? .descriptor(-1) : .error(errno)
    }
    if case .error(let code) = opened { return code }
    return 0
  }

  /// Returns the file type bits (`S_IFREG` and others) of `status`.
  public static func kind(_ status: stat) -> UInt32 { UInt32(status.st_mode & S_IFMT) }

  /// PATH_MAX, which includes the NUL.
  private static let limit = 4096

  /// Opens the folders along the path, as many components at once as the kernel accepts, and calls `body` with the
  /// descriptor of the last folder and the rest of the path.
  private static func inParts(_ path: RawPath, _ body: (Int32, UnsafePointer<CChar>) -> Opened) -> Opened {
    let slash = UInt8(ascii: "/")
    var folder = AT_FDCWD
    defer { if folder != AT_FDCWD { close(folder) } }
    var rest = path.bytes[...]
    while rest.count >= limit {
      // The last slash within the kernel's limit.
      guard let end = rest[..<(rest.startIndex + limit - 1)].lastIndex(of: slash), end > rest.startIndex else {
        return .error(ENAMETOOLONG)
      }
      let part = RawPath(rest[..<end])
      let next = retrying { part.withCString { openat(folder, $0, O_RDONLY | O_DIRECTORY | O_CLOEXEC | pathOnly) } }
      let code = errno
      if folder != AT_FDCWD { close(folder) }
      folder = next
      guard next >= 0 else {
        folder = AT_FDCWD
        return .error(code)
      }
      rest = rest[(end + 1)...].drop { $0 == slash }
    }
    return RawPath(rest.isEmpty ? [UInt8(ascii: ".")] : Array(rest)).withCString { body(folder, $0) }
  }

  #if os(Linux)
    /// O_PATH, which Glibc's module leaves out: passing through a folder does not need the right to list it.
    private static let pathOnly: Int32 = 0o10000000
  #else
    private static let pathOnly: Int32 = 0
  #endif
}
