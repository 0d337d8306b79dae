import Platform

/// The file of a sidecar.
public struct SidecarFile {
  /// Bytes of the largest sidecar that is read: hours of brush strokes have a few million.
  public static let maxBytes = 16 << 20

  /// The file itself, behind links.
  private let path: RawPath
  private let isLink: Bool
  /// Its state when it was read; nil if there was none.
  private var status: stat?
  /// Its bytes; nil if there is no file.
  public private(set) var bytes: [UInt8]?

  /// Reads the sidecar at `path`, if there is one.
  public init(_ path: RawPath) throws(SidecarError) {
    var status = stat()
    isLink = LongPath.examine(path, follow: false, &status) == 0 && LongPath.kind(status) == S_IFLNK
    guard !isLink || path.resolved != nil else { throw SidecarError("it is a link into a folder that does not exist") }
    self.path = isLink ? path.resolved ?? path : path
    // Not held up by a pipe.
    switch LongPath.open(self.path, O_RDONLY | O_NONBLOCK) {
    case .descriptor(let descriptor):
      defer { close(descriptor) }
      try read(descriptor)
    case .error(ENOENT): break
    case .error(let code): throw SidecarError(systemMessage(code))
    }
  }

  private mutating func read(_ descriptor: Int32) throws(SidecarError) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw SidecarError(systemMessage()) }
    guard LongPath.kind(status) == S_IFREG else { throw SidecarError("it is not a file") }
    self.status = status
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 1 << 16)
    while bytes.count <= Self.maxBytes {
      let count = retrying { Platform.read(descriptor, &block, block.count) }
      guard count >= 0 else { throw SidecarError(systemMessage()) }
      if count == 0 {
        self.bytes = bytes
        return
      }
      bytes += block[..<count]
    }
    throw SidecarError("it has more than \(Self.maxBytes >> 20) MiB")
  }

  /// Writes the sidecar all or nothing, with the owner and the rights that it had.
  public func write(_ bytes: [UInt8]) throws(SidecarError) {
    do throws(FileError) {
      let file = try AtomicFile(path)
      if let status {
        // Only root may give a file away; without that right it is the user's, as a file that an editor saves.
        _ = fchown(file.descriptor, status.st_uid, status.st_gid)
        guard fchmod(file.descriptor, status.st_mode & 0o7777) == 0 else { throw FileError(path) }
      }
      try file.write(bytes)
      try checkUnchanged()
      _ = try file.commit(status == nil ? .error : .overwrite)
    } catch {
      throw SidecarError(error.code == EEXIST ? Self.changed : systemMessage(error.code))
    }
  }

  /// Removes the sidecar. A link, and the file behind it, stay: false.
  public func remove() throws(SidecarError) -> Bool {
    guard !isLink else { return false }
    do throws(FileError) { try checkUnchanged() } catch { throw SidecarError(Self.changed) }
    guard path.withCString({ unlink($0) }) == 0 else { throw SidecarError(systemMessage()) }
    return true
  }

  private static let changed = "another program has changed it meanwhile; run the command again"

  /// Throws EEXIST if the file is another than the one that was read.
  private func checkUnchanged() throws(FileError) {
    guard let status else { return }
    var now = stat()
    let isSame =
      LongPath.examine(path, &now) == 0 && FileIdentity(now) == FileIdentity(status) && now.st_size == status.st_size
      && nanoseconds(now).modified == nanoseconds(status).modified
    guard isSame else { throw FileError(path, EEXIST) }
  }
}
