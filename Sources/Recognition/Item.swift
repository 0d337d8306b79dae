/// One input of a run, as a feed names it. Every item leaves the run in exactly one `Outcome`.
public struct Item: Sendable {
  /// Its place in the order of the inputs, from 0.
  public let index: Int
  /// The name it goes by in the records.
  public let path: PathBytes
  public let origin: Origin

  public enum Origin: Sendable {
    /// A file to be opened by `path`.
    case file
    /// A file that is elsewhere for this machine than `path` says.
    case fileAt(PathBytes)
    /// The bytes themselves, as out of an archive or a queue.
    case bytes([UInt8])
    /// What the feed found in place of an image: a folder that cannot be read, a name that is not there.
    case fault(Failure)
  }

  /// Where the file is; nil for what is none.
  public var file: PathBytes? {
    switch origin {
    case .file: path
    case .fileAt(let place): place
    case .bytes, .fault: nil
    }
  }

  public init(index: Int, path: PathBytes, origin: Origin = .file) {
    self.index = index
    self.path = path
    self.origin = origin
  }
}
