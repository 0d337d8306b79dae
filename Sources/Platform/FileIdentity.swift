/// Identifies a file or folder, whatever path leads to it.
public struct FileIdentity: Hashable, Sendable {
  public let device: UInt64
  public let inode: UInt64

  public init(_ status: stat) {
    device = UInt64(truncatingIfNeeded: status.st_dev)
    inode = UInt64(status.st_ino)
  }

  /// The identity of what `path` leads to, links followed; nil if there is nothing.
  public init?(_ path: RawPath) {
    var status = stat()
    guard LongPath.examine(path, &status) == 0 else { return nil }
    self.init(status)
  }
}
