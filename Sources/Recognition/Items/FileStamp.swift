import Platform

/// Metadata by which a file is judged unchanged without reading it, as in git's index.
public struct FileStamp: Hashable, Sendable {
  public var device: UInt64
  public var inode: UInt64
  public var size: Int64
  /// Nanoseconds since 1970.
  public var modified: Int64
  public var changed: Int64

  public init(device: UInt64, inode: UInt64, size: Int64, modified: Int64, changed: Int64) {
    self.device = device
    self.inode = inode
    self.size = size
    self.modified = modified
    self.changed = changed
  }

  /// Whether this is the same state of the same file as seen by another machine: device numbers differ between machines.
  public func isSameFile(as other: FileStamp) -> Bool {
    inode == other.inode && size == other.size && modified == other.modified && changed == other.changed
  }

  /// Whether the file is the same and its bytes are: its rights and its name may have changed.
  public func hasSameBytes(as other: FileStamp) -> Bool {
    device == other.device && inode == other.inode && size == other.size && modified == other.modified
  }

  /// Whether a later write could leave the same stamp if the file was read at `now` (nanoseconds since 1970): file systems
  /// have clocks as coarse as two seconds. Git's racy rule; such a stamp is not stored.
  public func isRacy(readAt now: Int64) -> Bool {
    let settled = now - 2_000_000_000
    return modified > settled || changed > settled
  }
}
