import TestSupport
import XCTest

@testable import Inputs
@testable import Platform
@testable import Recognition

final class FolderWatchTests: XCTestCase {
  private final class Clock { var end = 0.0 }
  private let clock = Clock()
  private var notices: [WatchNotice] = []

  private func watch(
    _ tree: TemporaryTree, _ roots: [String] = [""], options: WalkOptions = WalkOptions(), settle: Double = 0.1,
    _ change: (inout WatchSettings) -> Void = { _ in }
  ) -> FolderWatch {
    var settings = WatchSettings()
    settings.settle = settle
    change(&settings)
    let clock = clock
    let watch = FolderWatch(
      roots.map { RawPath($0.isEmpty ? tree.root : tree.path($0)) }, options: options, settings: settings,
      shouldContinue: { monotonicSeconds() < clock.end }, sniff: sniffTest)
    watch.onNotice = { [unowned self] in notices.append($0) }
    return watch
  }

  /// What the watch delivers until nothing comes for the time; each item ends at once, with the digest of its bytes.
  private func take(_ watch: FolderWatch, _ tree: TemporaryTree, quiet: Double = 0.8) -> [String] {
    var items: [Item] = []
    while true {
      clock.end = monotonicSeconds() + quiet
      guard let item = watch.next() else { break }
      items.append(item)
      let bytes = item.file.flatMap { try? Data(contentsOf: URL(fileURLWithPath: $0.description)) }
      watch.end(
        item.index, digest: bytes.map { Digest.of(Array($0)) }, failure: bytes == nil ? .permissionDenied : nil)
    }
    XCTAssertEqual(items.map(\.index), items.isEmpty ? [] : Array(items[0].index...items[items.count - 1].index))
    return tree.relative(items).sorted()
  }

  func testWhatIsThereAndWhatComes() throws {
    let tree = try TemporaryTree()
    try tree.file("a.jpg")
    let watch = watch(tree)
    XCTAssertEqual(take(watch, tree), ["a.jpg"])
    try tree.file("b.jpg")
    try tree.file("s/t/c.jpg")
    try tree.file("odd", "PNG")
    try tree.file("text", "text")
    XCTAssertEqual(take(watch, tree), ["b.jpg", "odd", "s/t/c.jpg"])
    XCTAssertEqual(watch.tally.ignored.counts, ["no extension": 1])
    XCTAssertEqual(watch.folders.byPath.count, 3)
    XCTAssertEqual(watch.pending.count, 0)
  }

  func testReportsThatAreLostAreMadeUpFor() throws {
    let tree = try TemporaryTree()
    for name in ["a.jpg", "b.jpg", "s/c.jpg"] { try tree.file(name) }
    let watch = watch(tree)
    XCTAssertEqual(take(watch, tree).count, 3)
    // As if no report of these had come.
    try tree.file("s/d.jpg")
    try tree.file("t/e.jpg")
    try FileManager.default.removeItem(atPath: tree.path("a.jpg"))
    while watch.events?.deliver({ _ in }) == true {}
    watch.handle(FolderEvents.Event(watch: -1, change: .lost), now: monotonicSeconds())
    XCTAssertEqual(take(watch, tree, quiet: 1.5), ["s/d.jpg", "t/e.jpg"])
    XCTAssertEqual(watch.counts.lost, 1)
    XCTAssertEqual(notices, [.lost])
    // The file that is gone is forgotten, and what is there is known.
    XCTAssertEqual(watch.folders.byPath[RawPath(tree.root)]?.files.count, 1)
    XCTAssertEqual(watch.folders.byPath[RawPath(tree.path("s"))]?.files.count, 2)
    // The folder that the walk found is watched.
    try tree.file("t/f.jpg")
    XCTAssertEqual(take(watch, tree), ["t/f.jpg"])
  }

  func testFoldersBeyondTheLimitAreWalked() throws {
    let tree = try TemporaryTree()
    try tree.file("s/a.jpg")
    try tree.file("t/b.jpg")
    let watch = watch(tree) { ($0.maxWatches, $0.interval) = (1, 0.3) }
    XCTAssertEqual(take(watch, tree), ["s/a.jpg", "t/b.jpg"])
    guard case .unwatched(_, "fs.inotify.max_user_watches"?, _)? = notices.first else {
      return XCTFail("\(notices)")
    }
    XCTAssertEqual(notices.count, 1)
    try tree.file("s/c.jpg")
    try tree.file("u/v/d.jpg")
    XCTAssertEqual(take(watch, tree), ["s/c.jpg", "u/v/d.jpg"])
    XCTAssertEqual(take(watch, tree), [], "each once")
  }

  func testMoreFilesThanMayWait() throws {
    let tree = try TemporaryTree()
    let watch = watch(tree) { $0.maxPending = 8 }
    XCTAssertEqual(take(watch, tree), [])
    for number in 0..<100 { try tree.file("\(number).jpg") }
    XCTAssertEqual(take(watch, tree, quiet: 2).count, 100)
    XCTAssertEqual(take(watch, tree), [], "each once")
  }

  func testAFolderThatTwoPathsLeadToIsReadOnce() throws {
    let tree = try TemporaryTree()
    try tree.file("a/s/x.jpg")
    tree.link("a/loop", to: ".")
    tree.link("other", to: "a/s")
    let watch = watch(tree, ["a", "a/s", "other", "a/"], options: options { $0.follow = true })
    // A link to a folder that contains it is a failure, as for a scan.
    XCTAssertEqual(take(watch, tree), ["a/loop!link_loop", "a/s/x.jpg"])
    try tree.file("a/s/y.jpg")
    XCTAssertEqual(take(watch, tree), ["a/s/y.jpg"])
  }

  func testWhatHasARecordIsNotPassedOn() throws {
    let tree = try TemporaryTree()
    for name in ["same.jpg", "changed.jpg", "cached.jpg", "unknown.jpg", "empty.jpg"] {
      try tree.file(name, name == "empty.jpg" ? "" : name)
    }
    let watch = watch(tree)
    try watch.prepare()
    XCTAssertEqual(watch.unknownCount, 5)
    watch.beginRemembering()
    func remember(_ name: String, _ content: String?) {
      watch.remember(RawPath(tree.path(name)), digest: content.map { Digest.of(Array($0.utf8)) })
    }
    remember("same.jpg", "earlier")
    remember("same.jpg", "same.jpg")
    remember("changed.jpg", "earlier")
    remember("gone.jpg", "gone.jpg")
    remember("empty.jpg", nil)
    // An older file of records.
    watch.beginRemembering()
    remember("same.jpg", "oldest")
    remember("cached.jpg", "cached.jpg")
    XCTAssertEqual(watch.unknownCount, 1)
    var asked = 0
    watch.knownDigest = { stamp in
      asked += 1
      return stamp.size == 10 ? Digest.of(Array("cached.jpg".utf8)) : nil
    }
    clock.end = monotonicSeconds() + 5
    let first = try XCTUnwrap(watch.next())
    XCTAssertEqual(tree.relative([first]), ["unknown.jpg"], "before files are compared with their records")
    watch.end(first.index, digest: nil)
    XCTAssertEqual(take(watch, tree), ["changed.jpg"])
    XCTAssertEqual(asked, 3)
    XCTAssertEqual(watch.counts.unchanged, 3)
    // Written again with the same bytes, and then with others.
    try tree.file("same.jpg", "same.jpg")
    XCTAssertEqual(take(watch, tree), [])
    try tree.file("same.jpg", "new")
    XCTAssertEqual(take(watch, tree), ["same.jpg"])
  }

  func testOnlyWhatIsNew() throws {
    let tree = try TemporaryTree()
    try tree.file("old.jpg")
    usleep(20_000)
    let since = clockNanoseconds()
    usleep(20_000)
    try tree.file("new.jpg")
    let watch = watch(tree) { $0.newSince = since }
    try watch.prepare()
    XCTAssertEqual(take(watch, tree), ["new.jpg"])
    try tree.file("old.jpg", "changed")
    XCTAssertEqual(take(watch, tree), ["old.jpg"])
  }

  func testAnItemThatWasDroppedComesAgain() throws {
    let tree = try TemporaryTree()
    try tree.file("a.jpg")
    let watch = watch(tree)
    clock.end = monotonicSeconds() + 5
    let first = try XCTUnwrap(watch.next())
    XCTAssertEqual(first.settled, FileStamp(path: first.path))
    XCTAssertTrue(first.isAsSettled)
    try tree.file("a.jpg", "changed")
    XCTAssertFalse(first.isAsSettled)
    watch.drop(first.index)
    XCTAssertEqual(take(watch, tree), ["a.jpg"])
    try FileManager.default.removeItem(atPath: tree.path("a.jpg"))
    XCTAssertFalse(first.isAsSettled)
    XCTAssertEqual(take(watch, tree), [])
    XCTAssertEqual(watch.folders.byPath[RawPath(tree.root)]?.files.count, 0, "nothing is kept of a file that is gone")
  }

  func testWhatCannotBeReadIsPassedOnOnce() throws {
    let tree = try TemporaryTree()
    tree.fifo("pipe.jpg")
    tree.link("nowhere.jpg", to: "missing")
    let watch = watch(tree) { $0.interval = 0.2 }
    XCTAssertEqual(take(watch, tree), ["pipe.jpg!not_a_file"])
    XCTAssertEqual(take(watch, tree), [])
    try tree.file("missing")
    XCTAssertEqual(take(watch, tree), ["nowhere.jpg"])
  }

  func testAFolderThatIsMissing() throws {
    let tree = try TemporaryTree()
    XCTAssertThrowsError(try watch(tree, ["none"]).prepare()) { error in
      XCTAssertTrue("\(error)".contains("none: No such file or directory"), "\(error)")
    }
  }

  func testRemoteFileSystems() {
    let mounts = """
      22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
      40 22 0:52 / /srv/nas rw,relatime shared:20 - nfs4 nas:/export rw
      41 22 0:53 / /srv/ssh rw - fuse.sshfs host: rw
      42 22 259:4097 / /big rw - xfs /dev/nvme rw
      """
    func name(_ major: UInt64, _ minor: UInt64) -> String? {
      // makedev(3).
      let device = (major & 0xfff) << 8 | (major & ~0xfff) << 32 | minor & 0xff | (minor & ~0xff) << 12
      return FileSystemKind.remoteName(device: device, mounts: mounts)
    }
    XCTAssertNil(name(254, 0))
    XCTAssertEqual(name(0, 52), "nfs4")
    XCTAssertEqual(name(0, 53), "fuse.sshfs")
    XCTAssertNil(name(259, 4097))
    XCTAssertNil(name(1, 1))
  }

  func testAFileIsOpenForWriting() throws {
    let tree = try TemporaryTree()
    let path = RawPath(try tree.file("a.jpg"))
    XCTAssertEqual(isOpenForWriting(path), false)
    let writer = try FileHandle(forWritingTo: URL(fileURLWithPath: path.description))
    XCTAssertEqual(isOpenForWriting(path), true)
    try writer.close()
    XCTAssertEqual(isOpenForWriting(path), false)
    XCTAssertNil(isOpenForWriting(RawPath(tree.path("none"))))
  }
}
