import Platform
import Recognition

/// A folder that a walk is about to read.
struct FolderVisit {
  /// As the walk names it: below the root as the user named that.
  var path: RawPath
  /// Open during the call.
  var descriptor: Int32
  var identity: FileIdentity
  /// 0 for a root.
  var depth: Int
  /// Length of the root in `path`, with the slash after it.
  var rootLength: Int
}

extension DirectoryWalk {
  /// Walks the entries `names` of `folder` and what is in them, and nothing else of it.
  func enterPart(_ names: [[UInt8]], of folder: RawPath, rootLength: Int, depth: Int) throws(Failure) {
    switch LongPath.open(folder, O_RDONLY | O_DIRECTORY | O_NONBLOCK) {
    case .error(let code): throw Failure(.walk, errno: code)
    case .descriptor(let descriptor):
      stack = [try DirectoryReader(part: names, of: descriptor, pathLength: folder.bytes.count, depth: depth)]
      path = folder.bytes
      self.rootLength = rootLength
    }
  }

  /// Whether `onFolder` takes the folder at `path`.
  func isWanted(_ folder: DirectoryReader) -> Bool {
    guard let onFolder, let descriptor = folder.descriptor else { return true }
    return onFolder(
      FolderVisit(
        path: RawPath(path), descriptor: descriptor, identity: folder.identity, depth: folder.depth,
        rootLength: rootLength))
  }
}
