import Platform
import Recognition

/// A folder that the user named.
struct WatchRoot {
  let path: RawPath
  /// nil before it was walked, and while it is not there.
  var identity: FileIdentity?
  /// That of the file system on which it was found first.
  var device: UInt64?
  var isMissing = false
}

/// A walk of a watch.
struct ActiveWalk {
  var walk: DirectoryWalk
  /// The root that is walked as a whole; nil for a part.
  var root: Int?
  /// Settled files that the walk looks at.
  var due: [RawPath] = []
}

/// The state of walks over all folders.
struct WholeWalk {
  /// Whether a first one has begun.
  var hasBegun = false
  var isInProgress = false
  var began = 0.0
  var ended = 0.0
  /// Whether a folder could not be read: then no file is forgotten.
  var hasFaults = false
  /// The roots that are still to be walked.
  var roots: ArraySlice<Int> = []
}

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
        if case .file = item.origin, let since = settings.newSince, let stamp = Self.stamp(of: item.path),
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

  // MARK: Walks

  private func makeWalk(_ sources: [InputSource], tally: WalkTally) -> DirectoryWalk {
    var options = options
    options.limit = nil
    let walk = DirectoryWalk(sources, options: options, tally: tally, sniff: sniff)
    walk.onFolder = { [unowned self] in visit($0) }
    return walk
  }

  /// Begins a walk of some entries of a folder.
  func startPart(_ names: [[UInt8]], of folder: WatchedFolder, due: [RawPath] = []) {
    let walk = makeWalk([], tally: tally)
    // A folder that is gone is reported on its own.
    try? walk.enterPart(names, of: folder.path, rootLength: folder.rootLength, depth: folder.depth)
    walks.append(ActiveWalk(walk: walk, due: due))
  }

  /// When all folders are walked without a cause.
  var nextWholeWalk: Double? {
    guard let interval = settings.interval ?? (hasUnwatched || events == nil ? WatchSettings.usualInterval : nil) else {
      return nil
    }
    return wholeWalk.ended + interval
  }

  /// Begins a walk over the next root if one is due.
  func startWholeWalk(now: Double) -> Bool {
    if wholeWalk.roots.isEmpty {
      if wholeWalk.isInProgress { endWholeWalk(now: now) }
      let isDue = nextWholeWalk.map { $0 <= now } ?? false
      // Not again and again without a pause, and not while there is no room for what it finds.
      let isPermitted =
        now - wholeWalk.ended >= wholeWalk.ended - wholeWalk.began && pending.count <= pending.limit / 2
      guard isDue || isBehind, isPermitted else { return false }
      isBehind = false
      walkNumber ^= 1
      wholeWalk = WholeWalk(
        hasBegun: true, isInProgress: true, began: now, ended: wholeWalk.ended, roots: Array(roots.indices)[...])
    }
    guard let root = wholeWalk.roots.popFirst() else { return false }
    guard !roots[root].isMissing else {
      wholeWalk.hasFaults = true
      return true
    }
    startRoot(root)
    return true
  }

  func startRoot(_ index: Int) {
    // The first walk counts what it passes over; a later one would count it once more.
    let isFirst = roots[index].identity == nil || wholeWalk.ended == 0
    walks.append(
      ActiveWalk(
        walk: makeWalk([.path(roots[index].path)], tally: isFirst ? tally : WalkTally()), root: index))
    noteRoot(index)
  }

  private func noteRoot(_ index: Int) {
    roots[index].identity = FileIdentity(roots[index].path)
    roots[index].device = roots[index].device ?? roots[index].identity?.device
    // The folder under a file system that is not mounted: its files are not gone.
    if roots[index].identity?.device != roots[index].device { wholeWalk.hasFaults = true }
  }

  /// Notes the end of a walk.
  func finish(_ walk: ActiveWalk) { for path in walk.due { pending.removeTaken(path) } }

  /// Forgets files and folders that the walk over all has not seen, unless a part of it failed.
  private func endWholeWalk(now: Double) {
    wholeWalk.isInProgress = false
    wholeWalk.ended = now
    if !comparesRecords {
      comparesRecords = true
      if hasPostponed { isBehind = true }
    }
    guard !wholeWalk.hasFaults else { return }
    for folder in Array(folders.byPath.values) where folders.byPath[folder.path] === folder {
      guard folder.walk == walkNumber || folder.depth == 0 else {
        endWatches(folders.drop(folder))
        continue
      }
      let old = folder.files.count { $0.value.walk != walkNumber }
      if old > 0 { folder.files = folder.files.filter { $0.value.walk == walkNumber } }
    }
  }

  func endWatches(_ watches: [Int32]) { for watch in watches { events?.end(watch) } }

  // MARK: Folders

  /// Watches a folder that a walk is about to read; returns false if it is watched under another path.
  private func visit(_ visit: FolderVisit) -> Bool {
    let key = WatchedFolders.key(visit.path.bytes)
    if let folder = folders.byPath[key] {
      folder.walk = walkNumber
      if folder.identity == visit.identity, folder.watch != nil { return true }
      // Another folder has taken its place, or it could not be watched before.
      if let old = folder.watch { endWatches([old]) }
      folders.set(nil, of: folder)
      folder.identity = visit.identity
      return watch(folder, visit)
    }
    return watch(folders.add(visit, walk: walkNumber), visit)
  }

  private func watch(_ folder: WatchedFolder, _ visit: FolderVisit) -> Bool {
    guard let events else { return true }
    if let most = settings.maxWatches, folders.byWatch.count >= most {
      noteUnwatched(folder.path, ENOSPC)
      return true
    }
    switch events.watch(folder: visit.descriptor) {
    case .error(let code): noteUnwatched(folder.path, code)
    case .watched(let number):
      if let other = folders.byWatch[number], other !== folder {
        if FileIdentity(other.path) == visit.identity {
          // One folder under two paths, by a link or as two roots.
          _ = folders.drop(folder)
          return false
        }
        // It was moved here, and the report of that has not been read.
        folders.set(nil, of: other)
        endWatches(folders.drop(other))
      }
      folders.set(number, of: folder)
    }
    return true
  }

  private func noteUnwatched(_ path: RawPath, _ code: Int32) {
    if !hasUnwatched {
      onNotice(.unwatched(path, limit: FolderEvents.limit(code), reason: systemMessage(code)))
    }
    hasUnwatched = true
  }

  /// Notices that a root is gone, or that another folder is in its place. What is known of its files stays known.
  func checkRoot(_ index: Int) {
    let found = FileIdentity(roots[index].path)
    guard let found else {
      guard !roots[index].isMissing else { return }
      roots[index].isMissing = true
      onNotice(.gone(roots[index].path))
      guard let folder = folders.byPath[roots[index].path] else { return }
      for one in WatchedFolders.all(below: folder) { unwatch(one) }
      return
    }
    guard found != roots[index].identity || roots[index].isMissing else { return }
    if roots[index].isMissing { onNotice(.returned(roots[index].path)) }
    roots[index].isMissing = false
    if let folder = folders.byPath[roots[index].path] {
      for one in WatchedFolders.all(below: folder) { unwatch(one) }
    }
    startRoot(index)
  }

  private func unwatch(_ folder: WatchedFolder) {
    if let watch = folder.watch { endWatches([watch]) }
    folders.set(nil, of: folder)
  }
}
