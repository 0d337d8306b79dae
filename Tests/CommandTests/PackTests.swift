import Foundation
import TestSupport
import XCTest

/// `imgrec pack`: what it writes is read back with the same records, and nothing is written over.
final class PackTests: XCTestCase {
  private var folder: URL!

  override func setUpWithError() throws {
    folder = try ImgrecCLI.temporaryFolder()
    try ImgrecCLI.copies(7, in: folder)
    let photos = folder.appendingPathComponent("photos")
    try FileManager.default.createDirectory(
      at: photos.appendingPathComponent("sub/ü"), withIntermediateDirectories: true)
    for (name, source) in [("sub/a.png", "exif_1.png"), ("sub/ü/b.webp", "exif_1.webp"), ("sub/plain", "exif_2.jpg")] {
      try FileManager.default.copyItem(
        at: ImgrecCLI.fixtures.appendingPathComponent("images/\(source)"), to: photos.appendingPathComponent(name))
    }
    try Data("text".utf8).write(to: photos.appendingPathComponent("notes.txt"))
  }

  override func tearDown() { try? FileManager.default.removeItem(at: folder) }

  private static let forms = ["tar", "tfrecord", "lmdb"]

  private func imgrec(_ arguments: String...) throws -> ImgrecCLI.Result {
    try ImgrecCLI.run(arguments, folder: folder)
  }

  private func names(_ path: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.appendingPathComponent(path).path).sorted()
  }

  /// The records of a scan without their paths, by the digest of the image.
  private func essence(_ inputs: [String]) throws -> [String: Data] {
    let result = try ImgrecCLI.run(["scan", "-q", "-m", ImgrecCLI.instantModel] + inputs, folder: folder)
    var essence: [String: Data] = [:]
    for var record in try result.records() {
      for field in ["path", "key"] { record[field] = nil }
      let digest = try XCTUnwrap(record["digest"] as? String)
      essence[digest] = try XCTUnwrap(try ImgrecCLI.essence([record]).first)
    }
    return essence
  }

  private func shards(_ form: String) throws -> [String] { try names("shards").map { "shards/\($0)" } }

  func testPackedImagesHaveTheRecordsOfTheFiles() throws {
    let loose = try essence(["photos"])
    XCTAssertEqual(loose.count, 10)
    for form in Self.forms {
      let result = try imgrec("pack", "photos", "-o", "shards/%03d.\(form)", "--shard-count", "4")
      XCTAssertEqual(result.status, 0, result.err)
      XCTAssertEqual(result.text, "")
      XCTAssertTrue(result.err.contains("10 images: 10 packed; 3 shards, "), result.err)
      XCTAssertTrue(result.err.contains("ignored: txt 1"), result.err)
      XCTAssertEqual(try names("shards"), ["000.\(form)", "001.\(form)", "002.\(form)"])
      XCTAssertEqual(try essence(try shards(form)), loose, form)
      // From one form to the next, in one file.
      for other in Self.forms where other != form {
        let again = try ImgrecCLI.run(
          ["pack", "-q"] + (try shards(form)) + ["-o", "x/\(form).\(other)"], folder: folder)
        XCTAssertEqual(again.status, 0, again.err)
        XCTAssertEqual(again.err, "")
        XCTAssertEqual(try essence(["x/\(form).\(other)"]), loose, "\(form) \(other)")
      }
      try FileManager.default.removeItem(at: folder.appendingPathComponent("shards"))
    }
  }

  func testMembersHaveTheNamesOfTheFiles() throws {
    for form in ["tar", "lmdb"] {
      XCTAssertEqual(try imgrec("pack", "-q", "photos", "-o", "all.\(form)").status, 0)
      let listed = try imgrec("scan", "--dry-run", "all.\(form)").text.split(separator: "\n").map(String.init)
      let loose = try imgrec("scan", "--dry-run", "photos").text.split(separator: "\n")
      XCTAssertEqual(
        Set(listed), Set(loose.map { $0.replacingOccurrences(of: "photos/", with: "all.\(form)/") }), form)
    }
    // Records of a TFRecord have numbers for paths; the names come through.
    XCTAssertEqual(try imgrec("pack", "-q", "photos", "-o", "all.tfrecord").status, 0)
    XCTAssertEqual(try imgrec("pack", "-q", "all.tfrecord", "-o", "again.tar").status, 0)
    let both = try ImgrecCLI.shell(
      "tar -tf all.tar | grep -v plain; echo; tar -tf again.tar | grep -v 00", folder: folder)
    let halves = both.text.components(separatedBy: "\n\n").map { $0.split(separator: "\n") }
    XCTAssertEqual(halves.first?.count, 9)
    XCTAssertEqual(halves.first, halves.last)
    let table = try ImgrecCLI.shell("tar -tvf all.tar | sort", folder: folder)
    XCTAssertEqual(table.status, 0, table.err)
    XCTAssertEqual(table.text.split(separator: "\n").count, 10)
    // Times are kept.
    let day = ISO8601DateFormatter().string(from: Date()).prefix(4)
    XCTAssertTrue(table.text.split(separator: "\n").allSatisfy { $0.contains(" \(day)-") }, table.text)
  }

  func testLongAndOddNames() throws {
    let odd = folder.appendingPathComponent("odd")
    try FileManager.default.createDirectory(at: odd, withIntermediateDirectories: true)
    let source = folder.appendingPathComponent("photos/1.jpg")
    let part = String(repeating: "ab", count: 100)
    var deep = odd
    for _ in 0..<3 { deep.appendPathComponent(part) }
    try FileManager.default.createDirectory(at: deep, withIntermediateDirectories: true)
    for name in ["100%.jpg", "a b.jpg", "line\nbreak.jpg", "日本.jpg"] {
      try FileManager.default.copyItem(at: source, to: odd.appendingPathComponent(name))
    }
    for name in ["x.jpg", "y.jpg"] {
      try FileManager.default.copyItem(at: source, to: deep.appendingPathComponent(name))
    }
    let latin = try ImgrecCLI.shell("cp photos/2.jpg odd/$'caf\\xe9.jpg'", folder: folder)
    XCTAssertEqual(latin.status, 0, latin.err)
    for form in Self.forms {
      let result = try imgrec("pack", "odd", "-o", "odd.\(form)")
      XCTAssertEqual(result.status, 0, result.err)
      XCTAssertEqual(
        result.err.contains("its name is longer than a key of LMDB; it is \(part)/"), form == "lmdb", result.err)
      let listed = try imgrec("scan", "--dry-run", "-q", "odd.\(form)")
      XCTAssertEqual(Set(listed.out.split(separator: 10)).count, form == "tar" ? 8 : 7, listed.text)
      XCTAssertEqual(
        try ImgrecCLI.run(["scan", "-q", "-m", ImgrecCLI.instantModel, "odd.\(form)"], folder: folder).status, 0)
    }
  }

  func testShardsKeepTheirSize() throws {
    try ImgrecCLI.copies(40, in: folder)
    for form in Self.forms {
      XCTAssertEqual(
        try imgrec("pack", "-q", "photos", "-o", "\(form)/%d.\(form)", "--shard-size", "30k").status, 0)
      let made = try names(form)
      XCTAssertGreaterThan(made.count, 1)
      for name in made {
        let url = folder.appendingPathComponent("\(form)/\(name)")
        let size = try XCTUnwrap(FileManager.default.attributesOfItem(atPath: url.path)[.size] as? Int)
        let count = try imgrec("scan", "--dry-run", "\(form)/\(name)").text.split(separator: "\n").count
        XCTAssertTrue(size <= 30 << 10 || count == 1, "\(name): \(size) bytes, \(count) images")
      }
    }
  }

  func testNoTwoMembersHaveOneName() throws {
    try FileManager.default.copyItem(
      at: folder.appendingPathComponent("photos"), to: folder.appendingPathComponent("copy"))
    try Data("x".utf8).write(to: folder.appendingPathComponent("copy/new"))
    let result = try imgrec("pack", "photos", "copy", "photos/1.jpg", "-o", "both.tar")
    XCTAssertEqual(result.status, 0, result.err)
    XCTAssertTrue(result.err.contains("11 names got a number, as another input has the same name"), result.err)
    let members = try ImgrecCLI.shell("tar -tf both.tar", folder: folder).text.split(separator: "\n")
    XCTAssertEqual(members.count, 21)
    XCTAssertEqual(Set(members).count, 21)
    XCTAssertTrue(members.contains("1-1.jpg") && members.contains("1-2.jpg") && members.contains("sub/plain-1"))
  }

  func testANamedFileIsFoundAgainWhateverItsName() throws {
    try FileManager.default.moveItem(
      at: folder.appendingPathComponent("photos/1.jpg"), to: folder.appendingPathComponent("picture.txt"))
    for form in ["tar", "lmdb"] {
      XCTAssertEqual(try imgrec("pack", "-q", "picture.txt", "-o", "one.\(form)").status, 0)
      XCTAssertEqual(try imgrec("scan", "--dry-run", "one.\(form)").text, "one.\(form)/picture.txt.jpg\n")
    }
  }

  func testWhatIsNoImageIsReportedAndNotPacked() throws {
    try Data("not a picture".utf8).write(to: folder.appendingPathComponent("photos/0bad.jpg"))
    try Data().write(to: folder.appendingPathComponent("photos/empty.jpg"))
    let result = try imgrec("pack", "photos", "missing.jpg", "-o", "all.tar", "--max-file-size", "1M")
    XCTAssertEqual(result.status, 1)
    XCTAssertTrue(result.err.contains("imgrec: photos/0bad.jpg: its first bytes are those of no image"), result.err)
    XCTAssertTrue(result.err.contains("imgrec: photos/empty.jpg: the file is empty"), result.err)
    XCTAssertTrue(result.err.contains("13 images: 10 packed, 3 failed"), result.err)
    XCTAssertEqual(
      try ImgrecCLI.shell("tar -tf all.tar | wc -l", folder: folder).text.split(separator: " ").last, "10\n")
    XCTAssertEqual(try imgrec("pack", "photos/notes.txt", "-o", "none.tar").status, 1)
    XCTAssertEqual(try imgrec("pack", "--glob", "*.xyz", "photos", "-o", "none.tar").status, 3)
    XCTAssertFalse(try names("").contains("none.tar"))
  }

  func testWhatExistsIsReplacedOnlyIfAFlagSaysSo() throws {
    func pack(_ more: String...) throws -> ImgrecCLI.Result {
      try ImgrecCLI.run(["pack", "photos", "-o", "s/%02d.tar", "--shard-count", "4"] + more, folder: folder)
    }
    XCTAssertEqual(try pack().status, 0)
    let first = try Data(contentsOf: folder.appendingPathComponent("s/00.tar"))
    let refused = try pack()
    XCTAssertEqual(refused.status, 2)
    XCTAssertTrue(refused.err.contains("imgrec: s/00.tar and 2 other shards exist\nName another -o"), refused.err)
    XCTAssertEqual(try pack("--on-exists", "rename").status, 0)
    XCTAssertEqual(try names("s").count, 6)
    let over = try pack("--on-exists", "overwrite")
    XCTAssertEqual(over.status, 0)
    XCTAssertTrue(over.err.contains("s/03.tar and the shards after it are of an earlier run; remove them"), over.err)
    XCTAssertEqual(try names("s").count, 6)
    // The same images are the same bytes.
    XCTAssertEqual(try Data(contentsOf: folder.appendingPathComponent("s/00.tar")), first)
    // An input is no output.
    let itself = try imgrec("pack", "s/00.tar", "-o", "s/00.tar", "--on-exists", "overwrite")
    XCTAssertEqual(itself.status, 2)
    XCTAssertTrue(itself.err.contains("-o would write over s/00.tar, an input of this run"), itself.err)
  }

  func testAnInterruptedRunIsContinued() throws {
    for form in Self.forms {
      let input = try HeldInput()
      let process = ImgrecCLI.process(
        ["pack", "-", "-o", "\(form)/%d.\(form)", "--shard-count", "2"], folder: folder)
      process.standardInput = input.handle
      let log = folder.appendingPathComponent("log")
      _ = FileManager.default.createFile(atPath: log.path, contents: nil)
      process.standardError = try FileHandle(forWritingTo: log)
      try process.run()
      try input.send((0..<5).map { "photos/\($0).jpg" })
      let second = folder.appendingPathComponent("\(form)/1.\(form)")
      try waitUntil("two shards are complete") { FileManager.default.fileExists(atPath: second.path) }
      kill(process.processIdentifier, form == "lmdb" ? SIGKILL : SIGINT)
      if form != "lmdb" {
        try waitUntil("the signal was noticed") {
          (try? String(contentsOf: log, encoding: .utf8))?.contains("interrupted") == true
        }
        try input.send(["photos/5.jpg"])
      }
      input.end()
      process.waitUntilExit()
      if form != "lmdb" {
        XCTAssertEqual(process.terminationStatus, 130)
        let err = try String(contentsOf: log, encoding: .utf8)
        XCTAssertTrue(err.contains("2 shards with 4 images are complete; --on-exists skip packs the rest"), err)
      }
      XCTAssertEqual(try names(form), ["0.\(form)", "1.\(form)"])
      let list = (0..<7).map { "photos/\($0).jpg" }.joined(separator: "\n")
      let rest = try ImgrecCLI.run(
        ["pack", "-", "-o", "\(form)/%d.\(form)", "--on-exists", "skip"], input: Data(list.utf8), folder: folder)
      XCTAssertEqual(rest.status, 0, rest.err)
      XCTAssertTrue(rest.err.contains("7 images: 3 packed, 4 skipped (in earlier shards); 1 shard"), rest.err)
      let all = try ImgrecCLI.run(["pack", "-q", "-", "-o", "all.\(form)"], input: Data(list.utf8), folder: folder)
      XCTAssertEqual(all.status, 0, all.err)
      XCTAssertEqual(
        try essence((0..<3).map { "\(form)/\($0).\(form)" }), try essence(["all.\(form)"]), form)
    }
  }

  func testShardsInAnInputFolderAreNotRead() throws {
    for form in Self.forms {
      for _ in 0..<2 {
        let result = try imgrec("pack", "photos", "-o", "photos/%d.\(form)", "--on-exists", "overwrite")
        XCTAssertEqual(result.status, 0, result.err)
        XCTAssertTrue(result.err.contains("10 images: 10 packed"), result.err)
      }
    }
  }

  func testADataFileInAFolder() throws {
    XCTAssertEqual(try imgrec("pack", "-q", "photos", "-o", "db/%02d/data.mdb", "--shard-count", "5").status, 0)
    XCTAssertEqual(try names("db"), ["00", "01"])
    XCTAssertEqual(try essence(["db/00", "db/01"]), try essence(["photos"]))
    XCTAssertEqual(try imgrec("pack", "-q", "photos", "-o", "db/%02d/data.mdb").status, 2)
  }

  func testMistakesAreNamed() throws {
    for (output, problem, advice) in [
      ("x.zip", "shards are not compressed, as images are", "Name it .tar, .tfrecord or .lmdb"),
      ("x.tar.gz", "shards are not compressed, as images are", "Name it .tar"),
      ("shards", "the ending names no format of shards", "Name it .tar"),
      ("-", "-o -: shards are files", "Name it .tar"),
      ("%06x.tar", "a percent sign begins the shard's number", "Write %06d"),
      ("%d/%d.tar", "has two numbers", "Write one %06d"),
    ] {
      let result = try imgrec("pack", "photos", "-o", output)
      XCTAssertEqual(result.status, 64, result.err)
      XCTAssertTrue(result.err.contains(problem) && result.err.contains(advice), result.err)
      XCTAssertLessThanOrEqual(result.err.split(separator: "\n").count, 2, result.err)
    }
    let size = try imgrec("pack", "photos", "-o", "x.tar", "--shard-size", "1M")
    XCTAssertEqual(size.status, 64)
    XCTAssertTrue(size.err.contains("--shard-size needs a number in -o"), size.err)
    XCTAssertEqual(try imgrec("pack", "photos").status, 64)
    XCTAssertEqual(try imgrec("pack", "-o", "x.tar").status, 64)
    XCTAssertFalse(try names("").contains("x.tar"))
  }
}
