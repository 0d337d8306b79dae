import Platform
import Recognition

/// Reads the bytes of items, wherever they come from.
public struct ItemReader: Sendable {
  /// Larger files are refused.
  public var maxBytes: Int

  public init(maxBytes: Int) { self.maxBytes = maxBytes }

  /// Reads an item into `buffer`; returns the stamp of its file, nil for bytes that came with the item.
  ///
  /// Throws the item's own failure, or one of stage read.
  @discardableResult
  public func read(_ item: Item, into buffer: FileBuffer) throws(Failure) -> FileStamp? {
    try read(item, into: buffer) { (path) throws(Failure) in
      try FileReader.read(path, into: buffer, maxBytes: maxBytes)
    }
  }

  /// Reads like `read`; returns nil also if a later write could leave the file with the same stamp.
  public func readSettled(_ item: Item, into buffer: FileBuffer) throws(Failure) -> FileStamp? {
    try read(item, into: buffer) { (path) throws(Failure) in
      try FileReader.readSettled(path, into: buffer, maxBytes: maxBytes)
    }
  }

  private func read(
    _ item: Item, into buffer: FileBuffer, _ file: (RawPath) throws(Failure) -> FileStamp?
  ) throws(Failure) -> FileStamp? {
    switch item.origin {
    case .file: return try file(item.path)
    case .fileAt(let path): return try file(path)
    case .bytes(let bytes):
      buffer.assign(bytes)
      return nil
    case .fault(let failure): throw failure
    }
  }
}
