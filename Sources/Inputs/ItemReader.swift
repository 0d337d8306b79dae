import Platform
import Recognition

/// Reads the bytes of items, wherever they come from: the only switch over `Item.origin` that reads.
public struct ItemReader: Sendable {
  /// Larger files are refused with `fileTooLarge`. Bytes that came with an item were limited by its feed.
  public let maxBytes: Int

  public init(maxBytes: Int) { self.maxBytes = maxBytes }

  /// Reads an item into `buffer`.
  ///
  /// Returns the metadata of the file as it was read; nil for an item that brought its bytes. Throws the item's own
  /// fault, or a failure of stage `read`.
  @discardableResult
  public func read(_ item: Item, into buffer: FileBuffer) throws(Failure) -> FileStamp? {
    switch item.origin {
    case .file: return try FileReader.read(item.path, into: buffer, maxBytes: maxBytes)
    case .fileAt(let path): return try FileReader.read(path, into: buffer, maxBytes: maxBytes)
    case .bytes(let bytes):
      buffer.assign(bytes)
      return nil
    case .fault(let failure): throw failure
    }
  }

  /// Reads like `read`; returns nil also if a later write could leave the file with the same stamp (see
  /// `FileStamp.isRacy`), so that a stamp which is returned can be cached.
  public func readSettled(_ item: Item, into buffer: FileBuffer) throws(Failure) -> FileStamp? {
    let readAt = clockNanoseconds()
    guard let stamp = try read(item, into: buffer), !stamp.isRacy(readAt: readAt) else { return nil }
    return stamp
  }
}
