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
  // MARK: Walks

  func makeWalk(_ sources: [InputSource], tally: WalkTally) -> DirectoryWalk {
    var options = options
    options.limit = nil
    let walk = DirectoryWalk(sources, options: options, tally: tally, sniff: sniff)
    walk.onFolder = { [unowned self] in visit($0) }
    return walk
  }

  /// Begins a walk of some entries of a folder.
  func startPart(_ names: [[UInt8]], of folder: WatchedFolder, due: [RawPath] = []) {
    let walk = makeWalk([], tally: tally)
    do throws(Failure) {
      try walk.enterPart(names, of: folder.path, rootLength: folder.rootLength, depth: folder.depth)
    } catch {
      // A folder that is gone is reported on its own; of any other, the next walk over all finds the files.
      if error.code != .notFound { isBehind = true }
    }
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

  func noteRoot(_ index: Int) {
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
      unwatch(folder)
      folder.identity = visit.identity
      return watch(folder, visit)
    }
    return watch(folders.add(visit, walk: walkNumber), visit)
  }

  private func watch(_ folder: WatchedFolder, _ visit: FolderVisit) -> Bool {
    guard let events else {
      // The system permits no more of these objects.
      noteUnwatched(folder.path, EMFILE)
      return true
    }
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
      unwatchAll(below: roots[index].path)
      return
    }
    guard found != roots[index].identity || roots[index].isMissing else { return }
    if roots[index].isMissing { onNotice(.returned(roots[index].path)) }
    roots[index].isMissing = false
    unwatchAll(below: roots[index].path)
    startRoot(index)
  }

  private func unwatchAll(below root: RawPath) {
    guard let folder = folders.byPath[root] else { return }
    for one in WatchedFolders.all(below: folder) { unwatch(one) }
  }

  private func unwatch(_ folder: WatchedFolder) {
    if let watch = folder.watch { endWatches([watch]) }
    folders.set(nil, of: folder)
  }
}
