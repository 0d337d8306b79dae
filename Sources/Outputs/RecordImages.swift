import Platform
import Records

/// The image files that records name.
public struct RecordImages: Sendable {
  /// Absolute path of the folder to which relative paths in the records refer.
  public let root: RawPath

  public init(root: RawPath) { self.root = root }

  /// Absolute path of the image of `record`.
  public func path(of record: StoredRecord) -> RawPath { path(of: record.path) }

  /// Absolute path of the image that records name `path`.
  public func path(of path: RawPath) -> RawPath { path.isAbsolute ? path : root.appending(path.bytes) }

  /// Why `path` is no file that can be read; nil if it is one.
  public func problem(of path: RawPath) -> String? {
    var status = stat()
    guard LongPath.examine(path, &status) != 0 else {
      return LongPath.kind(status) == S_IFREG ? nil : "it is not a file"
    }
    switch errno {
    case ENOTDIR: return "it is inside an archive; unpack it, and scan the folder"
    case ENOENT: return "no such file below \(root); --root names the folder where scan ran"
    default: return systemMessage()
    }
  }
}
