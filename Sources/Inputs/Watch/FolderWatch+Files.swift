import Platform
import Recognition

extension FolderWatch {
  /// Seconds since the last change after which a file is not taken to be open for writing: programs that show or edit
  /// pictures keep them open for hours.
  private static let openLimit: Int64 = 3600 * 1_000_000_000

  /// Takes a report of the system.
  func handle(_ event: FolderEvents.Event, now: Double) {
    let change = event.change
    if change.contains(.lost) {
      if !isBehind { onNotice(.lost) }
      counts.lost += 1
      isBehind = true
      return
    }
    guard let folder = folders.byWatch[event.watch] else { return }
    if change.contains(.unmounted) {
      // It may be mounted again, and what is known of its files then counts.
      folders.set(nil, of: folder)
      return
    }
    if change.contains(.ended) {
      folders.set(nil, of: folder)
      if folder.depth > 0 { endWatches(folders.drop(folder)) }
      return
    }
    guard !event.name.isEmpty, !options.hides(event.name) else { return }
    let path = folder.path.appending(event.name)
    if change.contains(.isFolder) {
      if !change.isDisjoint(with: [.movedOut, .deleted]) {
        if let child = folders.byPath[path] { endWatches(folders.drop(child)) }
      } else if !change.isDisjoint(with: [.created, .movedIn]) || folders.byPath[path] == nil {
        if newFolders.count < pending.limit { newFolders.append(path) } else { isBehind = true }
      }
      return
    }
    if ImageNameFilter(RawPath(event.name)) == .other { return }
    if !change.isDisjoint(with: [.movedOut, .deleted]) {
      folder.files[event.name[...].hashValue] = nil
      pending.remove(path)
    } else {
      arm(path, now: now)
    }
  }

  /// Returns the item if it is to be passed on now; notes what is known of it.
  func consider(_ item: Item, of walk: ActiveWalk, now: Double) -> Item? {
    let path = item.path
    guard let folder = folders.folder(of: path) else {
      // A root that cannot be read is looked at by `checkRoot`.
      if walk.root != nil { wholeWalk.hasFaults = true }
      return nil
    }
    let key = WatchedFolder.key(path)
    switch item.origin {
    case .fault(let failure):
      if failure.code == .notFound {
        folder.files[key] = nil
        return nil
      }
      wholeWalk.hasFaults = true
      let hash = KnownFile.hash(failure)
      var file = folder.files[key] ?? KnownFile()
      file.walk = walkNumber
      let isKnown = file.has(hash) || file.digest == KnownFile.unreadable
      file.note(hash)
      folder.files[key] = file
      return isKnown ? nil : item
    case .file, .fileAt, .bytes:
      guard let stamp = FileStamp(path: path) else {
        folder.files[key] = nil
        return nil
      }
      return take(item, stamp, known: &folder.files[key], mayPostpone: walk.root != nil, now: now)
    }
  }

  /// Decides about a file in the state `stamp`; `mayPostpone` if a later walk may compare it with its record.
  private func take(
    _ item: Item, _ stamp: FileStamp, known: inout KnownFile?, mayPostpone: Bool, now: Double
  ) -> Item? {
    let (path, hash) = (item.path, KnownFile.hash(stamp))
    let state = pending[path]?.state
    known?.walk = walkNumber
    if let known, known.has(hash), known.digest != KnownFile.unreadable { return nil }
    if let known, known.digest != 0, !known.isPassedOn, mayPostpone, !comparesRecords {
      hasPostponed = true
      return nil
    }
    let age = clockNanoseconds() - max(stamp.modified, stamp.changed)
    // A clock of another machine may be ahead; then a state that stays for the time counts.
    guard Double(age) >= settings.settle * 1e9 || state == hash else {
      arm(path, now: now, state: hash)
      return nil
    }
    guard !insidePaths.contains(path), age > Self.openLimit || !isBeingWritten(path, stamp) else {
      arm(path, now: now, state: hash)
      return nil
    }
    var file = known ?? KnownFile()
    file.walk = walkNumber
    defer { known = file }
    let isNamed = file.digest != 0
    if isNamed, isRecorded(path, stamp, file.digest) {
      counts.unchanged += 1
      file.note(hash)
      return nil
    }
    file.note(hash)
    var item = item
    item.settled = stamp
    return item
  }

  /// Whether a process has a file open for writing, as far as the system says so. Network file systems refuse leases for
  /// reasons of their own.
  private func isBeingWritten(_ path: RawPath, _ stamp: FileStamp) -> Bool {
    let isRemote = remoteDevices[stamp.device] ?? (FileSystemKind.remoteName(device: stamp.device) != nil)
    remoteDevices[stamp.device] = isRemote
    return !isRemote && isOpenForWriting(path) == true
  }

  /// Whether the record of a file is about its bytes as they are; of one that could not be read, whether it still cannot.
  private func isRecorded(_ path: RawPath, _ stamp: FileStamp, _ digest: UInt64) -> Bool {
    if digest == KnownFile.failed { return false }
    if digest == KnownFile.unreadable {
      guard stamp.size > 0, stamp.size <= options.maxFileSize else { return true }
      guard case .descriptor(let file) = LongPath.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY) else { return true }
      close(file)
      return false
    }
    if let known = knownDigest(stamp) { return KnownFile.prefix(known) == digest }
    guard (try? FileReader.read(path, into: buffer, maxBytes: options.maxFileSize)) != nil else { return false }
    return KnownFile.prefix(FileReader.digest(buffer.bytes)) == digest
  }
}
