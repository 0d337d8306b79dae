import Platform
import Recognition

extension FolderWatch {
  /// Walks over all folders and watches them, so that `remember` knows what is there. Without it, `next`
  /// does so.
  ///
  /// Throws if a folder is not there.
  public func prepare() throws(SetupError) {
    for root in roots {
      var status = stat()
      let code = LongPath.examine(root.path, &status)
      guard code == 0 else {
        let advice = code == ENOENT ? "\nMake the folder first, or name one that is there." : ""
        throw SetupError("cannot watch \(root.path): \(systemMessage(code))\(advice)")
      }
      guard LongPath.kind(status) == S_IFDIR else {
        throw SetupError("cannot watch \(root.path): it is not a folder; name the folder that it is in")
      }
      if let kind = FileSystemKind.remoteName(device: FileIdentity(status).device) {
        hasUnwatched = true
        onNotice(.remote(root.path, kind: kind))
      }
    }
    wholeWalk.hasBegun = true
    for index in roots.indices {
      let walk = makeWalk([.path(roots[index].path)], tally: WalkTally())
      noteRoot(index)
      while let item = walk.next() {
        guard let folder = folders.folder(of: item.path) else { continue }
        var file = KnownFile()
        file.walk = walkNumber
        if case .file = item.origin, let since = settings.newSince, let stamp = FileStamp(path: item.path),
          max(stamp.modified, stamp.changed) < since
        {
          file.note(KnownFile.hash(stamp))
        }
        if !file.isPassedOn { unknownCount += 1 }
        folder.files[WatchedFolder.key(item.path)] = file
      }
    }
    isBehind = true
    onNotice(.started(folders: folders.byPath.count))
  }

  /// Begins with the records of a file, which are older than those that were remembered before.
  public func beginRemembering() { remembered.removeAll() }

  /// Notes a record of a file, by the digest of its bytes, nil if they could not be read. Of the records of one
  /// `beginRemembering` the last counts. Precondition: `prepare` was called, and `next` was not.
  public func remember(_ path: RawPath, digest: [UInt8]?) {
    guard let folder = folders.folder(of: path) else { return }
    let key = WatchedFolder.key(path)
    guard let known = folder.files[key], !known.isPassedOn else { return }
    if known.digest == 0 {
      unknownCount -= 1
      remembered.insert(path.hashValue)
    } else if !remembered.contains(path.hashValue) {
      return
    }
    folder.files[key]?.digest = digest.map(KnownFile.prefix) ?? KnownFile.unreadable
  }

  /// Notes that this state of a file was passed on by an earlier run.
  public func remember(_ path: RawPath, inode: UInt64, size: Int64, modified: Int64) {
    guard let folder = folders.folder(of: path) else { return }
    let stamp = FileStamp(
      device: folder.identity.device, inode: inode, size: size, modified: modified, changed: modified)
    folder.files[WatchedFolder.key(path)]?.note(KnownFile.hash(stamp))
    folder.files[WatchedFolder.key(path)]?.digest = KnownFile.failed
  }

  /// Begins with a walk, if `prepare` was not called.
  func start() {
    guard !wholeWalk.hasBegun else { return }
    wholeWalk.hasBegun = true
    isBehind = true
  }
}
