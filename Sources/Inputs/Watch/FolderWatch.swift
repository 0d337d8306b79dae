import DequeModule
import Platform
import Recognition
import Synchronization

/// A feed that does not end: the images in folders, and those that come into them, each when it has settled.
///
/// - A file is passed on when it has not changed for the settling time and no process has it open for writing. Its state
///   then is in `Item.settled`: what is read later in another state is dropped by the reader, and comes again.
/// - A folder is watched before its entries are read, so that no file falls between.
/// - Reports that are lost are made up for by a walk over all folders.
/// - A state that was passed on, and bytes that have a record, are not passed on again (`remember`, `end`).
/// - Memory: 24 bytes for each file that is there, and what is bounded.
///
/// `next` is called by one thread; `end` and `drop` by any.
public final class FolderWatch: Feed {
  public let tally: WalkTally
  /// Called before `next` waits, if it has returned an item since it waited last.
  public var onIdle: () -> Void = {}
  /// The digest of a file in this state, if a cache knows it.
  public var knownDigest: (FileStamp) -> [UInt8]? = { _ in nil }
  public var onNotice: (WatchNotice) -> Void = { _ in }

  let options: WalkOptions
  let settings: WatchSettings
  let sniff: (UnsafeRawBufferPointer) -> ImageFormat?
  let events = FolderEvents()
  var roots: [WatchRoot]
  var folders = WatchedFolders()
  var pending: PendingFiles
  /// Walks that have begun, the last one first.
  var walks: [ActiveWalk] = []
  /// Folders that came into others, and are to be walked.
  var newFolders = Deque<RawPath>()
  /// The number of the last whole walk.
  var walkNumber: UInt64 = 0
  /// Whether reports were lost since the last whole walk began.
  var isBehind = false
  var wholeWalk = WholeWalk()
  /// Whether walks compare files with their records of earlier runs. The first does not: comparing may mean to read all
  /// files, and those without a record come first.
  var comparesRecords = false
  /// Whether a walk has left files to be compared.
  var hasPostponed = false
  /// Whether some folder has no watch.
  var hasUnwatched = false
  var buffer = FileBuffer()
  /// Whether the file system with this number is one of the network.
  var remoteDevices: [UInt64: Bool] = [:]
  /// The items that have not ended, by index and by path.
  var inside: [Int: RawPath] = [:]
  var insidePaths: Set<RawPath> = []
  /// What has happened so far.
  var counts = (unchanged: 0, lost: 0)
  /// Number of files that were there when the watch began, and of which no record is known.
  public internal(set) var unknownCount = 0
  /// Hashes of the paths whose record was remembered last.
  var remembered: Set<Int> = []

  private let shouldContinue: () -> Bool
  private var count = 0
  private var hasDelivered = false
  private var rootsCheckedAt = 0.0
  private var eventsReadAt = 0.0
  private let ends = Mutex<[ItemEnd]>([])

  /// `digest` is that of the record; nil without one.
  struct ItemEnd { var index: Int, digest: UInt64? }

  /// Seconds between looks at the roots, and the longest wait.
  private static let rootInterval = 2.0, longestWait = 0.5
  /// Seconds after which reports are read while walks are in progress, before the system's queue is full.
  private static let eventInterval = 0.01

  /// `folders` are watched, and nothing happens before `prepare` or `next`. `next` returns nil once `shouldContinue` is
  /// false.
  public init(
    _ folders: [RawPath], options: WalkOptions = WalkOptions(), settings: WatchSettings = WatchSettings(),
    shouldContinue: @escaping () -> Bool = { true }, sniff: @escaping (UnsafeRawBufferPointer) -> ImageFormat?
  ) {
    // Without slashes at the end, so that a file has one path, however it is found.
    roots = folders.map { WatchRoot(path: WatchedFolders.key($0.bytes)) }
    self.options = options
    self.settings = settings
    self.shouldContinue = shouldContinue
    self.sniff = sniff
    tally = WalkTally(onIgnored: options.onIgnored)
    pending = PendingFiles(settle: settings.settle, limit: settings.maxPending)
  }

  /// Notes the record of an item: the digest of its bytes, or why they could not be read.
  public func end(_ index: Int, digest: [UInt8]?, failure: Failure.Code? = nil) {
    let failed = failure == .permissionDenied ? KnownFile.unreadable : KnownFile.failed
    ends.withLock { $0.append(ItemEnd(index: index, digest: digest.map(KnownFile.prefix) ?? failed)) }
  }

  /// Notes that an item has no record: its file is looked at again.
  public func drop(_ index: Int) { ends.withLock { $0.append(ItemEnd(index: index, digest: nil)) } }

  public func next() -> Item? {
    if let limit = options.limit, count >= limit { return nil }
    start()
    while shouldContinue() {
      let now = monotonicSeconds()
      readEvents(now: now)
      closeEnded(now: now)
      if walks.last?.due.isEmpty ?? true { startDue(now: now) }
      if let item = step(now: now) {
        defer { count += 1 }
        hasDelivered = true
        return begin(item.renumbered(count))
      }
      guard walks.isEmpty, !startNewFolder(), !startWholeWalk(now: now) else { continue }
      checkRoots(now: now)
      guard walks.isEmpty, pending.nextDue ?? .infinity > now else { continue }
      if hasDelivered {
        hasDelivered = false
        onIdle()
      }
      wait(now: now)
    }
    return nil
  }

  // MARK: Items

  /// The next item of the walks; nil after the last, or if reports must be read first.
  private func step(now: Double) -> Item? {
    while let walk = walks.last {
      if let item = walk.walk.next() {
        if let taken = consider(item, of: walk, now: now) { return taken }
      } else {
        walks.removeLast()
        finish(walk)
      }
      if monotonicSeconds() - now > Self.eventInterval { return nil }
    }
    return nil
  }

  private func begin(_ item: Item) -> Item {
    inside[item.index] = item.path
    insidePaths.insert(item.path)
    return item
  }

  private func closeEnded(now: Double) {
    let ended = ends.withLock { ends in
      defer { ends.removeAll(keepingCapacity: true) }
      return ends
    }
    for end in ended { close(end, now: now) }
  }

  /// Notes what became of an item. One that was dropped is looked at again.
  private func close(_ end: ItemEnd, now: Double) {
    guard let path = inside.removeValue(forKey: end.index) else { return }
    insidePaths.remove(path)
    guard let folder = folders.folder(of: path), var file = folder.files[WatchedFolder.key(path)] else { return }
    if let digest = end.digest {
      file.digest = digest
    } else {
      file.note(0)
      arm(path, now: now)
    }
    folder.files[WatchedFolder.key(path)] = file
  }

  /// Lets a file settle; if too many do, a walk finds it later.
  func arm(_ path: RawPath, now: Double, state: UInt64? = nil) {
    if !pending.arm(path, now: now, state: state) { isBehind = true }
  }

  /// Begins a look at files that have settled, all of one folder.
  private func startDue(now: Double) {
    let due = pending.takeDue(now: now, most: 256) { $0.parent == $1.parent }
    guard let first = due.first else { return }
    guard let folder = folders.folder(of: first) else {
      for path in due { pending.removeTaken(path) }
      return
    }
    startPart(due.map { Array($0.lastComponent) }, of: folder, due: due)
  }

  /// Begins the walk of a folder that is new.
  private func startNewFolder() -> Bool {
    guard let path = newFolders.popFirst() else { return false }
    if let folder = folders.folder(of: path) { startPart([Array(path.lastComponent)], of: folder) }
    return true
  }

  // MARK: Reports

  private func readEvents(now: Double) {
    guard let events, walks.isEmpty || now - eventsReadAt > Self.eventInterval else { return }
    eventsReadAt = now
    // Bounded, so that items are returned while changes come without end.
    var rounds = 64
    while rounds > 0, events.deliver({ handle($0, now: now) }) { rounds -= 1 }
  }

  private func wait(now: Double) {
    let due = min(pending.nextDue ?? .infinity, nextWholeWalk ?? .infinity)
    let seconds = max(0.001, min(Self.longestWait, due - now))
    if let events { events.wait(seconds: seconds) } else { usleep(UInt32(seconds * 1e6)) }
  }

  private func checkRoots(now: Double) {
    guard now - rootsCheckedAt > Self.rootInterval else { return }
    rootsCheckedAt = now
    for index in roots.indices { checkRoot(index) }
  }
}
