import Platform

/// By what a file is told to be unchanged without reading it, as git's index does it.
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

  /// Whether this is the same state of the same file, seen by two machines: each numbers devices in its own way.
  public func isSameFile(as other: FileStamp) -> Bool {
    inode == other.inode && size == other.size && modified == other.modified && changed == other.changed
  }

  /// Whether a later write could leave the same stamp, when the file was read at `now` (nanoseconds since 1970): clocks
  /// of file systems tick as slowly as every two seconds. Git's racy rule; such a stamp is not kept.
  public func isRacy(readAt now: Int64) -> Bool {
    let settled = now - 2_000_000_000
    return modified > settled || changed > settled
  }
}
