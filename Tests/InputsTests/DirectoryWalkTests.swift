import TestSupport
import XCTest

@testable import Inputs
@testable import Platform
@testable import Recognition

final class DirectoryWalkTests: XCTestCase {
  func testImagesAreFoundInOrder() throws {
    let tree = try TemporaryTree()
    for name in ["b.jpg", "a.JPEG", "ab.png", "sub/z.webp", "sub/deep/y.heic", "B.tif", "sub.jpg"] {
      try tree.file(name)
    }
    XCTAssertEqual(
      tree.walk(), ["B.tif", "a.JPEG", "ab.png", "b.jpg", "sub/deep/y.heic", "sub/z.webp", "sub.jpg"])
    XCTAssertEqual(tree.walk(WalkOptions(), ["sub/"]), ["sub/deep/y.heic", "sub/z.webp"])
    XCTAssertEqual(tree.walk(WalkOptions(), ["b.jpg", "sub", "b.jpg"]).count, 4)
  }

  func testOnlyImagesAreTakenOfFolders() throws {
    let tree = try TemporaryTree()
    try tree.file("known.txt", "PNG")
    try tree.file("page.svg", "SVG")
    try tree.file("icon.ico", "PNG")
    try tree.file("odd.qqq", "PNG")
    try tree.file("drawing.qqq", "SVG")
    try tree.file("none", "PNG")
    try tree.file("text", "hello")
    try tree.file("empty", "")
    let walk = DirectoryWalk([.path(RawPath(tree.root))], sniff: sniffTest)
    XCTAssertEqual(tree.relative(collect(walk)), ["none", "odd.qqq"])
    XCTAssertEqual(walk.tally.ignored.counts, ["txt": 1, "svg": 1, "ico": 1, "qqq": 1, "no extension": 2])
    // Named, they are inputs.
    XCTAssertEqual(tree.walk(WalkOptions(), ["known.txt", "page.svg", "empty"]), ["known.txt", "page.svg", "empty"])
  }

  func testHidden() throws {
    let tree = try TemporaryTree()
    for name in [".a.jpg", ".git/b.jpg", "c.jpg", "..d.jpg"] { try tree.file(name) }
    XCTAssertEqual(tree.walk(), ["c.jpg"])
    XCTAssertEqual(tree.walk(WalkOptions(), [".git", ".a.jpg"]), [".git/b.jpg", ".a.jpg"])
    XCTAssertEqual(tree.walk(options { $0.hidden = true }), ["..d.jpg", ".a.jpg", ".git/b.jpg", "c.jpg"])
  }

  /// Each entry is an input or is counted, and its path and reason are reported.
  func testWhatIsPassedOverIsCounted() throws {
    let tree = try TemporaryTree()
    for name in [
      "a.jpg", "b.png", "clip.MP4", "scan.pdf", "edit.xmp", "odd.extension-of-some-length", "other.links", "none",
      ".hidden.jpg", ".git/c.jpg", "out/d.jpg", "deep/deeper/e.jpg",
    ] { try tree.file(name) }
    tree.link("folder", to: "out")
    let found = Found()
    let options = options {
      $0.include = [Glob("*.jpg")]
      $0.exclude = [Glob("out")]
      $0.maxDepth = 2
      $0.onIgnored = { path, reason in found.add("\(RawPath(path.lastComponent)) \(reason)") }
    }
    let walk = DirectoryWalk([.path(RawPath(tree.root))], options: options, sniff: sniffTest)
    XCTAssertEqual(tree.relative(collect(walk)), ["a.jpg"])
    XCTAssertEqual(
      walk.tally.ignored.counts,
      [
        "mp4": 1, "pdf": 1, "xmp": 1, "hidden": 2, "--glob": 4, "--exclude": 1, "--max-depth": 1, "links": 1,
      ])
    XCTAssertEqual(
      found.lines,
      [
        ".git hidden", ".hidden.jpg hidden", "b.png glob", "clip.MP4 notAnImage", "deeper depth", "edit.xmp notAnImage",
        "folder link", "none glob", "odd.extension-of-some-length glob", "other.links glob", "out exclude",
        "scan.pdf notAnImage",
      ])
    let plain = DirectoryWalk([.path(RawPath(tree.root))], sniff: sniffTest)
    _ = collect(plain)
    XCTAssertEqual(plain.tally.ignored.counts["other"], 2, "extensions that are long, or named like a rule")
  }

  private final class Found: @unchecked Sendable {  // filled by the walk, on this thread
    private(set) var lines: [String] = []
    func add(_ line: String) { lines = (lines + [line]).sorted() }
  }

  func testAnEmptyWalkSaysWhy() throws {
    let tree = try TemporaryTree()
    for name in ["x/a.jpg", "x/b.jpg", "y/clip.mp4", "y/scan.pdf", "z/.c.jpg", "w/v/d.jpg"] { try tree.file(name) }
    try tree.folder("empty")
    try tree.folder("l")
    tree.link("l/link", to: "../x")
    func message(_ name: String, _ change: (inout WalkOptions) -> Void = { _ in }) -> String {
      let walk = DirectoryWalk([.path(RawPath(tree.path(name)))], options: options(change), sniff: sniffTest)
      XCTAssertEqual(tree.relative(collect(walk)), [])
      return String(walk.noImagesMessage.dropFirst("no images among the inputs: ".count))
    }
    XCTAssertEqual(message("x") { $0.include = [Glob("*.jpeg")] }, "--glob '*.jpeg' left out 2 files")
    XCTAssertEqual(
      message("") {
        $0.include = [Glob("*.jpeg"), try! Glob("*.PNG", ignoringCase: true)]
        $0.exclude = [Glob("[wlz]")]
      },
      "--glob '*.jpeg' --iglob '*.PNG' left out 2 files; --exclude '[wlz]' left out 3 folders; "
        + "2 files are not images (mp4 1, pdf 1)")
    XCTAssertEqual(
      message("x") { $0.exclude = [Glob("a.*"), Glob("b.*")] }, "--exclude 'a.*' --exclude 'b.*' left out 2 files")
    XCTAssertEqual(message("w") { $0.maxDepth = 1 }, "--max-depth 1 left out 1 folder")
    XCTAssertEqual(message("y"), "2 files are not images (mp4 1, pdf 1)")
    try tree.file("packed/a.zip")
    XCTAssertEqual(
      message("packed"), "1 file is not an image (zip 1), and archives are read only if they are named")
    XCTAssertEqual(message("z"), "1 file is hidden (--hidden reads it)")
    XCTAssertEqual(message("l"), "not followed: 1 link to a folder (--follow reads it)")
    XCTAssertEqual(message("empty"), "there are no files in them")
  }

  func testDepthAndLimit() throws {
    let tree = try TemporaryTree()
    for name in ["1.jpg", "s/2.jpg", "s/s/3.jpg"] { try tree.file(name) }
    XCTAssertEqual(tree.walk(options { $0.maxDepth = 1 }), ["1.jpg"])
    XCTAssertEqual(tree.walk(options { $0.maxDepth = 2 }), ["1.jpg", "s/2.jpg"])
    XCTAssertEqual(tree.walk(options { $0.limit = 2 }), ["1.jpg", "s/2.jpg"])
    XCTAssertEqual(tree.walk(options { $0.limit = 0 }), [])
  }

  func testGlobsChoose() throws {
    let tree = try TemporaryTree()
    for name in ["a.jpg", "a.png", "skip/b.jpg", "keep/c.jpg", "keep/skip/d.jpg", "keep/e.png"] { try tree.file(name) }
    XCTAssertEqual(
      tree.walk(options { $0.include = [Glob("*.jpg")] }), ["a.jpg", "keep/c.jpg", "keep/skip/d.jpg", "skip/b.jpg"])
    XCTAssertEqual(tree.walk(options { $0.include = [Glob("keep/*")] }), ["keep/c.jpg", "keep/e.png"])
    XCTAssertEqual(
      tree.walk(options { $0.exclude = [Glob("skip"), Glob("*.png")] }), ["a.jpg", "keep/c.jpg"])
    XCTAssertEqual(
      tree.walk(options { $0.exclude = [Glob("/skip/")] }),
      ["a.jpg", "a.png", "keep/c.jpg", "keep/e.png", "keep/skip/d.jpg"])
    XCTAssertEqual(
      tree.walk(
        options {
          $0.include = [Glob("**/*.jpg")]
          $0.exclude = [Glob("**/skip/**")]
        }), ["a.jpg", "keep/c.jpg"])
    // What is named is taken.
    XCTAssertEqual(tree.walk(options { $0.exclude = [Glob("*.jpg")] }, ["a.jpg"]), ["a.jpg"])
  }

  func testWhatIsNoFileFails() throws {
    let tree = try TemporaryTree()
    try tree.file("real.jpg")
    tree.fifo("pipe.jpg")
    tree.fifo("pipe")
    tree.link("dangling.jpg", to: "nowhere")
    tree.link("dangling", to: "nowhere")
    tree.link("self.jpg", to: "self.jpg")
    tree.link("null.png", to: "/dev/null")
    tree.link("link.jpg", to: "real.jpg")
    XCTAssertEqual(
      tree.walk(),
      [
        "dangling.jpg!not_found", "link.jpg", "null.png!not_a_file", "pipe.jpg!not_a_file", "real.jpg",
        "self.jpg!link_loop",
      ])
    let long = String(repeating: "n", count: 300)
    XCTAssertEqual(
      tree.walk(WalkOptions(), ["missing", "real.jpg/x", "pipe", "null.png", "self.jpg", long, "link.jpg"]),
      [
        "missing!not_found", "real.jpg/x!not_found", "pipe!not_a_file", "null.png!not_a_file", "self.jpg!link_loop",
        "\(long)!name_too_long", "link.jpg",
      ])
  }

  func testUnreadableFolder() throws {
    try XCTSkipIf(geteuid() == 0, "root reads everything")
    let tree = try TemporaryTree()
    try tree.file("closed/a.jpg")
    try tree.file("open/b.jpg")
    XCTAssertEqual(chmod(tree.path("closed"), 0), 0)
    defer { chmod(tree.path("closed"), 0o700) }
    XCTAssertEqual(tree.walk(), ["closed!permission_denied", "open/b.jpg"])
  }

  func testLinksToFolders() throws {
    let tree = try TemporaryTree()
    try tree.file("a/1.jpg")
    try tree.file("b/2.jpg")
    try tree.file("outside/3.jpg")
    tree.link("a/up", to: "..")
    tree.link("a/z", to: "../b")
    XCTAssertEqual(tree.walk(WalkOptions(), ["a"]), ["a/1.jpg"])
    XCTAssertEqual(tree.walk(WalkOptions(), ["a/z"]), ["a/z/2.jpg"])
    let follow = options { $0.follow = true }
    XCTAssertEqual(tree.walk(follow), ["a/1.jpg", "a/up!link_loop", "a/z/2.jpg", "outside/3.jpg"])
  }

  func testOddNames() throws {
    let tree = try TemporaryTree()
    var names: [[UInt8]] = [
      Array("new\nline.jpg".utf8), Array("\u{1b}[31m.jpg".utf8), [0xff, 0xfe] + Array(".jpg".utf8), Array(" .jpg".utf8),
      Array(String(repeating: "n", count: 251).utf8) + Array(".jpg".utf8), Array("-rf.jpg".utf8), Array("*?[.jpg".utf8),
    ]
    for name in names {
      let descriptor = RawPath(tree.root).appending(name).withCString { open($0, O_CREAT | O_WRONLY, 0o600) }
      // Some file systems take UTF-8 only.
      if descriptor < 0 { names.removeAll { $0 == name } } else { close(descriptor) }
    }
    let found = collect(DirectoryWalk([.path(RawPath(tree.root))], sniff: sniffTest)).map {
      Array($0.path.lastComponent)
    }
    XCTAssertEqual(found, names.sorted { $0.lexicographicallyPrecedes($1) })
  }

  func testPathsBeyondTheKernelsLimit() throws {
    let tree = try TemporaryTree()
    let name = String(repeating: "d", count: 200)
    let levels = 150
    // Two files on each level, around the folder, so that each level is come back to.
    var folder = open(tree.root, O_RDONLY | O_DIRECTORY)
    for _ in 0..<levels {
      for file in ["a", "z.jpg"] {
        let made = openat(folder, file, O_CREAT | O_WRONLY, 0o600)
        XCTAssertGreaterThanOrEqual(made, 0)
        XCTAssertEqual(write(made, "PNG", 3), 3)
        close(made)
      }
      // A second folder behind the first.
      XCTAssertEqual(mkdirat(folder, "e", 0o700), 0)
      XCTAssertEqual(mkdirat(folder, name, 0o700), 0)
      let next = openat(folder, name, O_RDONLY | O_DIRECTORY)
      XCTAssertGreaterThanOrEqual(next, 0)
      close(folder)
      folder = next
    }
    close(folder)
    let before = openDescriptors()
    let walk = DirectoryWalk([.path(RawPath(tree.root))], sniff: sniffTest)
    var most = 0
    var items: [Item] = []
    while let item = walk.next() {
      items.append(item)
      most = max(most, openDescriptors())
    }
    XCTAssertEqual(items.count, 2 * levels)
    XCTAssertEqual(items.filter { if case .file = $0.origin { true } else { false } }.count, 2 * levels)
    XCTAssertLessThan(most - before, 80)
    XCTAssertEqual(openDescriptors(), before)

    let deepest = try XCTUnwrap(items.map(\.path).max { $0.bytes.count < $1.bytes.count })
    XCTAssertGreaterThan(deepest.bytes.count, 30_000)
    let buffer = FileBuffer()
    try FileReader.read(deepest, into: buffer, maxBytes: 100)
    XCTAssertEqual(Array(buffer.bytes), Array("PNG".utf8))
    // Named, such a path is an input too, and one that is not there fails.
    let named = collect(
      DirectoryWalk([.path(deepest), .path(RawPath(deepest.bytes + Array("q".utf8)))], sniff: sniffTest))
    XCTAssertTrue(tree.relative(named)[1].hasSuffix("!not_found"))
    guard case .file = named[0].origin else { return XCTFail("\(named[0].origin)") }
  }

  private func openDescriptors() -> Int {
    (0..<1024).reduce(0) { $0 + (fcntl(Int32($1), F_GETFD) >= 0 ? 1 : 0) }
  }

  func testHugeFolder() throws {
    let tree = try TemporaryTree()
    let count = 100_000
    let folder = open(tree.root, O_RDONLY | O_DIRECTORY)
    for index in 0..<count { close(openat(folder, "\(index).jpg", O_CREAT | O_WRONLY, 0o600)) }
    close(folder)
    let start = CPUTime.ownSeconds
    let walk = DirectoryWalk([.path(RawPath(tree.root))], sniff: sniffTest)
    var seen = Set<[UInt8]>()
    var breaks = 0
    var last: [UInt8] = []
    while let item = walk.next() {
      let name = Array(item.path.lastComponent)
      if name.lexicographicallyPrecedes(last) { breaks += 1 }
      last = name
      seen.insert(name)
    }
    XCTAssertEqual(seen.count, count)
    XCTAssertEqual(breaks, 1, "two sorted chunks")
    XCTAssertLessThan(CPUTime.ownSeconds - start, 20)
  }
}
