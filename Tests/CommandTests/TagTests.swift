import Foundation
import TestSupport
import XCTest

/// `imgrec tag`: sidecars that other programs read, in which nothing of theirs is lost.
final class TagTests: XCTestCase {
  private var folder: URL!

  override func setUpWithError() throws {
    folder = try ImgrecCLI.temporaryFolder()
    try FileManager.default.createDirectory(at: url("photos"), withIntermediateDirectories: true)
    let libraries = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib", "/usr/local/lib"]
    guard libraries.contains(where: { FileManager.default.fileExists(atPath: $0 + "/libexempi.so.8") }) else {
      throw XCTSkip("libexempi is not installed (libexempi8)")
    }
  }

  override func tearDown() { try? FileManager.default.removeItem(at: folder) }

  // MARK: Parts

  private func url(_ name: String) -> URL { folder.appendingPathComponent(name) }

  private func imgrec(_ arguments: String...) throws -> ImgrecCLI.Result {
    try ImgrecCLI.run(arguments, folder: folder)
  }

  /// Copies a picture to photos/NAME.
  private func photo(_ name: String, _ source: String = "exif_1.jpg") throws {
    try FileManager.default.copyItem(
      at: ImgrecCLI.fixtures.appendingPathComponent("images/\(source)"), to: url("photos/\(name)"))
  }

  private func record(_ name: String, _ tasks: String, size: String = "\"width\":640,\"height\":480") -> String {
    "{\"schema\":\"imgrec/1\",\"path\":\"photos/\(name)\",\"status\":\"ok\",\(size),\"models\":{},\"cache\":\"off\",\(tasks)}"
  }

  private func write(_ text: String, _ name: String) throws { try Data(text.utf8).write(to: url(name)) }

  private func text(_ name: String) throws -> String { try String(contentsOf: url(name), encoding: .utf8) }

  private func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: url(name).path) }

  private func modified(_ name: String) throws -> Date? {
    try FileManager.default.attributesOfItem(atPath: url(name).path)[.modificationDate] as? Date
  }

  /// What exiftool reads of XMP in `names`, by group and name.
  ///
  /// With Perl's order of keys fixed: of darktable's history exiftool also reads single fields, in that order.
  private func exiftool(_ names: String...) throws -> [[String: Any]] { try exiftool(names) }

  private func exiftool(_ names: [String]) throws -> [[String: Any]] {
    let process = try ImgrecCLI.shell(
      "command -v exiftool >/dev/null || exit 99; exiftool -j -G1 -struct -XMP:all "
        + names.map { "'\($0)'" }.joined(separator: " "), folder: folder,
      environment: ["PERL_HASH_SEED": "0", "PERL_PERTURB_KEYS": "0"])
    if process.status == 99 { throw XCTSkip("exiftool is not installed (libimage-exiftool-perl)") }
    XCTAssertEqual(process.status, 0, process.err)
    return try XCTUnwrap(JSONSerialization.jsonObject(with: process.out) as? [[String: Any]])
  }

  private func list(_ value: Any?) -> [String] {
    (value as? [Any])?.map { "\($0)" } ?? value.map { ["\($0)"] } ?? []
  }

  private static let tabby =
    "\"classify\":[{\"label\":\"tabby\",\"id\":281,\"score\":0.93},{\"label\":\"cat\",\"id\":1,\"score\":0.2}]"
  private static let face = "{\"score\":0.9,\"box\":[64,48,128,96],\"identity\":\"Ada\",\"distance\":0.2}"

  // MARK: Tests

  func testExiftoolReadsWhatIsWritten() throws {
    try photo("a.jpg")
    let text =
      "\"text\":[{\"text\":\"EXIT <A&B>\",\"score\":0.9,\"quad\":[[0,0],[9,0],[9,9],[0,9]]},"
      + "{\"text\":\"2nd line\",\"score\":0.8,\"quad\":[[0,10],[9,10],[9,19],[0,19]]}]"
    let detect =
      "\"detect\":[{\"label\":\"dog\",\"score\":0.7,\"box\":[1,1,5,5]},{\"label\":\"dog\",\"score\":0.6,\"box\":[9,9,5,5]}]"
    try write(record("a.jpg", "\(Self.tabby),\(detect),\"faces\":[\(Self.face)],\(text)"), "r.jsonl")
    let result = try imgrec("tag", "r.jsonl")
    XCTAssertEqual(result.status, 0, result.err)
    XCTAssertEqual(result.text, "")
    XCTAssertEqual(result.err, "1 image: 1 tagged; 1 sidecar written\n")
    let tags = try exiftool("photos/a.jpg.xmp")[0]
    XCTAssertEqual(list(tags["XMP-dc:Subject"]), ["tabby", "dog", "Ada"])
    XCTAssertEqual(list(tags["XMP-lr:HierarchicalSubject"]), ["Objects|tabby", "Objects|dog", "People|Ada"])
    XCTAssertEqual(tags["XMP-dc:Description"] as? String, "EXIT <A&B>\n2nd line")
    XCTAssertNil(tags["XMP-digiKam:TagsList"])
    let info = try XCTUnwrap(tags["XMP-mwg-rs:RegionInfo"] as? [String: Any])
    let size = try XCTUnwrap(info["AppliedToDimensions"] as? [String: Any])
    XCTAssertEqual(size as NSDictionary, ["W": 640, "H": 480, "Unit": "pixel"] as NSDictionary)
    let region = try XCTUnwrap((info["RegionList"] as? [[String: Any]])?.first)
    XCTAssertEqual(region["Name"] as? String, "Ada")
    XCTAssertEqual(region["Type"] as? String, "Face")
    XCTAssertEqual(
      region["Area"] as? NSDictionary, ["X": 0.2, "Y": 0.2, "W": 0.2, "H": 0.2, "Unit": "normalized"] as NSDictionary)
  }

  /// The same picture in every orientation: its face is at one point of what is seen, and the region where the file has it.
  func testRegionsAreThoseOfTheStoredPicture() throws {
    for (orientation, x, y) in [
      (1, 0.2, 0.4), (2, 0.8, 0.4), (3, 0.8, 0.6), (4, 0.2, 0.6), (5, 0.4, 0.2), (6, 0.4, 0.8), (7, 0.6, 0.8),
      (8, 0.6, 0.2),
    ] {
      let name = "\(orientation).jpg"
      try photo(name, "exif_\(orientation).jpg")
      let scan = try imgrec("scan", "-q", "-m", ImgrecCLI.instantModel, "photos/\(name)")
      var record = try scan.records()[0]
      XCTAssertEqual(record["orientation"] as? Int ?? 1, orientation)
      let (width, height) = (try XCTUnwrap(record["width"] as? Int), try XCTUnwrap(record["height"] as? Int))
      let box = [0.1 * Double(width), 0.2 * Double(height), 0.2 * Double(width), 0.4 * Double(height)]
      record["faces"] = [["score": 0.9, "box": box]]
      try JSONSerialization.data(withJSONObject: record).write(to: url("r.json"))
      XCTAssertEqual(try imgrec("tag", "r.json").status, 0)
      let info = try XCTUnwrap(exiftool("photos/\(name).xmp")[0]["XMP-mwg-rs:RegionInfo"] as? [String: Any])
      let size = try XCTUnwrap(info["AppliedToDimensions"] as? [String: Any])
      XCTAssertEqual(size["W"] as? Int, orientation > 4 ? height : width)
      let area = try XCTUnwrap((info["RegionList"] as? [[String: Any]])?[0]["Area"] as? [String: Any])
      XCTAssertEqual(try XCTUnwrap(area["X"] as? Double), x, accuracy: 1e-3, name)
      XCTAssertEqual(try XCTUnwrap(area["Y"] as? Double), y, accuracy: 1e-3, name)
      XCTAssertEqual(try XCTUnwrap(area["W"] as? Double), orientation > 4 ? 0.4 : 0.2, accuracy: 1e-3, name)
    }
  }

  /// HEIC turns its picture itself; other programs count in the picture before, by EXIF.
  func testRegionsOfHEIC() throws {
    for (fixture, x, y) in [("turned6.heic", 0.4, 0.8), ("plain.heic", 0.2, 0.4)] {
      try FileManager.default.copyItem(
        at: ImgrecCLI.fixtures.appendingPathComponent("modern/\(fixture)"), to: url("photos/\(fixture)"))
      let face = "\"format\":\"heic\",\"faces\":[{\"score\":0.9,\"box\":[4.8,12.8,9.6,25.6]}]"
      try write(record(fixture, face, size: "\"width\":48,\"height\":64"), "r.jsonl")
      XCTAssertEqual(try imgrec("tag", "r.jsonl").status, 0)
      let info = try XCTUnwrap(exiftool("photos/\(fixture).xmp")[0]["XMP-mwg-rs:RegionInfo"] as? [String: Any])
      let area = try XCTUnwrap((info["RegionList"] as? [[String: Any]])?[0]["Area"] as? [String: Any])
      XCTAssertEqual(area["X"] as? Double, x, fixture)
      XCTAssertEqual(area["Y"] as? Double, y, fixture)
    }
  }

  /// Fifty photos with sidecars of three programs: nothing foreign is lost, a second run changes nothing, and all that is
  /// imgrec's can be taken out again.
  func testFiftySidecarsOfThreePrograms() throws {
    var names: [String] = []
    var records = ""
    for number in 0..<50 {
      let name = "\(number).jpg"
      try photo(name)
      names.append("photos/\(name).xmp")
      try write(SidecarSamples.sample(number, of: name), "photos/\(name).xmp")
      records += record(name, "\(Self.tabby),\"faces\":[\(Self.face)]") + "\n"
    }
    try write(records, "r.jsonl")
    let before = try exiftool(names)
    let first = try imgrec("tag", "r.jsonl")
    XCTAssertEqual(first.err, "50 images: 50 tagged; 50 sidecars written\n")
    let after = try exiftool(names)
    for (number, (old, new)) in zip(before, after).enumerated() {
      let ours = list(new["XMP-imgrec:Written"])
      XCTAssertFalse(ours.isEmpty)
      XCTAssertEqual(try without(ours, new) as NSDictionary, old as NSDictionary, "\(number)")
      XCTAssertTrue(list(new["XMP-dc:Subject"]).contains("Ada"))
      XCTAssertTrue(list(new["XMP-lr:HierarchicalSubject"]).contains("People|Ada"))
      // Lightroom's sample has this keyword: it is the user's.
      XCTAssertEqual(ours.contains("classify dc:subject tabby"), number % 3 != 2)
      // And no paths: what is flat stays visible to programs that read paths alone.
      if number % 3 == 2 {
        XCTAssertEqual(
          Set(list(new["XMP-lr:HierarchicalSubject"])),
          ["garden \(number)", "Tabby", "Objects|tabby", "People|Ada"])
      }
      XCTAssertEqual(list(new["XMP-digiKam:TagsList"]).contains("People/Ada"), number % 3 == 1)
    }
    let texts = try names.map(text)
    let times = try names.map(modified)
    let second = try imgrec("tag", "r.jsonl")
    XCTAssertEqual(second.err, "50 images: 50 tagged; 0 sidecars written, 50 unchanged\n")
    XCTAssertEqual(try names.map(text), texts)
    XCTAssertEqual(try names.map(modified), times)
    let removal = try imgrec("tag", "r.jsonl", "--remove")
    XCTAssertEqual(removal.err, "50 images: 50 with tags; 50 sidecars written\n")
    for (old, new) in zip(before, try exiftool(names)) { XCTAssertEqual(old as NSDictionary, new as NSDictionary) }
  }

  /// What exiftool read, without what imgrec has written.
  private func without(_ ours: [String], _ tags: [String: Any]) throws -> [String: Any] {
    var tags = tags.filter { !$0.key.hasPrefix("XMP-imgrec:") }
    for (key, property) in [
      ("XMP-dc:Subject", "dc:subject"), ("XMP-lr:HierarchicalSubject", "lr:hierarchicalSubject"),
      ("XMP-digiKam:TagsList", "digiKam:TagsList"),
    ] {
      let written = ours.compactMap { entry -> String? in
        let parts = entry.split(separator: " ", maxSplits: 2)
        return parts[1] == property ? String(parts[2]) : nil
      }
      let rest = list(tags[key]).filter { !written.contains($0) }
      tags[key] = rest.isEmpty ? nil : rest
    }
    if var info = tags["XMP-mwg-rs:RegionInfo"] as? [String: Any] {
      let regions = try XCTUnwrap(info["RegionList"] as? [[String: Any]]).filter { $0["Name"] as? String != "Ada" }
      info["RegionList"] = regions
      tags["XMP-mwg-rs:RegionInfo"] = regions.isEmpty ? nil : info
    }
    return tags
  }

  /// By the library through which darktable and digiKam read, and by darktable itself where it is installed.
  func testOtherReaders() throws {
    guard try ImgrecCLI.shell("command -v exiv2", folder: folder).status == 0 else {
      throw XCTSkip("exiv2 is not installed (exiv2)")
    }
    for name in ["a.jpg", "b.jpg"] { try photo(name) }
    let flat = SidecarSamples.lightroom("b.jpg").replacing("<rdf:li>Tabby</rdf:li>", with: "")
    try write(flat, "photos/b.jpg.xmp")
    let records = ["a.jpg", "b.jpg"].map { record($0, "\(Self.tabby),\"faces\":[\(Self.face)]") }
    try write(records.joined(separator: "\n"), "r.jsonl")
    XCTAssertEqual(try imgrec("tag", "-q", "r.jsonl").status, 0)
    for (name, subject, paths) in [
      ("a.jpg", "tabby, Ada", "Objects|tabby, People|Ada"),
      ("b.jpg", "garden 0, tabby, Ada", "Objects|tabby, People|Ada, garden 0"),
    ] {
      let read = try ImgrecCLI.shell("exiv2 -PXkt photos/\(name).xmp", folder: folder)
      XCTAssertEqual(read.status, 0, read.err)
      let lines = read.text.split(separator: "\n").map { $0.split(separator: " ", maxSplits: 1).map { String($0) } }
      let values = Dictionary(lines.map { ($0[0], $0.count > 1 ? $0[1].trimmingCharacters(in: .whitespaces) : "") }) {
        a, _ in a
      }
      XCTAssertEqual(values["Xmp.dc.subject"], subject)
      XCTAssertEqual(values["Xmp.lr.hierarchicalSubject"], paths)
      let region = "Xmp.mwg-rs.Regions/mwg-rs:RegionList[1]/mwg-rs:"
      XCTAssertEqual(values[region + "Name"], "Ada")
      XCTAssertEqual(values[region + "Area/stArea:x"], "0.200000")
      guard try ImgrecCLI.shell("command -v darktable-cli", folder: folder).status == 0 else { continue }
      let export = try ImgrecCLI.shell(
        "darktable-cli photos/\(name) photos/\(name).xmp out.\(name) --width 64 --core --configdir conf --disable-opencl "
          + ">/dev/null 2>&1; exiv2 -g dc.subject -Pt out.\(name)", folder: folder)
      let tags = Set(
        export.text.split(separator: "\n").joined(separator: ", ").split(separator: ", ").map { String($0) })
      XCTAssertTrue(tags.isSuperset(of: subject.split(separator: ", ").map { String($0) }), export.text)
    }
  }

  func testTasksOfSeveralRunsAndFiles() throws {
    try photo("a.jpg")
    try photo("b.jpg")
    try write(record("a.jpg", Self.tabby) + "\n" + record("b.jpg", Self.tabby), "classify.jsonl")
    try write(record("a.jpg", "\"faces\":[\(Self.face)]"), "faces.jsonl")
    XCTAssertEqual(try imgrec("tag", "-q", "classify.jsonl").status, 0)
    XCTAssertEqual(try imgrec("tag", "-q", "faces.jsonl").err, "")
    let separate = try text("photos/a.jpg.xmp")
    XCTAssertEqual(list(try exiftool("photos/a.jpg.xmp")[0]["XMP-dc:Subject"]), ["tabby", "Ada"])
    let together = try imgrec("tag", "classify.jsonl", "faces.jsonl")
    XCTAssertEqual(together.err, "2 images: 2 tagged; 0 sidecars written, 2 unchanged\n")
    XCTAssertEqual(try text("photos/a.jpg.xmp"), separate)
    // Two networks for one task: both count, and the second run changes nothing.
    try write(record("a.jpg", "\"classify\":[{\"label\":\"feline\",\"score\":0.8}]"), "other.jsonl")
    XCTAssertEqual(try imgrec("tag", "-q", "classify.jsonl", "other.jsonl").status, 0)
    XCTAssertEqual(list(try exiftool("photos/a.jpg.xmp")[0]["XMP-dc:Subject"]), ["tabby", "Ada", "feline"])
    XCTAssertTrue(try imgrec("tag", "classify.jsonl", "other.jsonl").err.contains("0 sidecars written"))
    // One alone replaces what both wrote; faces stay.
    XCTAssertEqual(try imgrec("tag", "-q", "other.jsonl").status, 0)
    XCTAssertEqual(list(try exiftool("photos/a.jpg.xmp")[0]["XMP-dc:Subject"]), ["Ada", "feline"])
    // Above what no label has; --task spares the faces.
    XCTAssertEqual(try imgrec("tag", "-q", "other.jsonl", "--min-confidence", "0.99").status, 0)
    XCTAssertEqual(list(try exiftool("photos/a.jpg.xmp")[0]["XMP-dc:Subject"]), ["Ada"])
    XCTAssertEqual(try imgrec("tag", "-q", "faces.jsonl", "--remove", "--task", "classify").status, 0)
    XCTAssertEqual(list(try exiftool("photos/a.jpg.xmp")[0]["XMP-dc:Subject"]), ["Ada"])
    XCTAssertEqual(try imgrec("tag", "-q", "faces.jsonl", "--remove").status, 0)
    XCTAssertFalse(exists("photos/a.jpg.xmp"))
    XCTAssertTrue(exists("photos/b.jpg.xmp"))
  }

  func testPagesFailuresAndStandardInput() throws {
    try photo("p.tif", "pages.tif")
    let pages = (1...3).map { page in
      record(
        "p.tif",
        "\"page\":\(page),\"pages\":3,\"faces\":[\(Self.face)],\"classify\":[{\"label\":\"p\(page)\",\"score\":1}]")
    }
    let failure =
      #"{"schema":"imgrec/1","path":"photos/x.jpg","status":"error","error":{"stage":"decode","code":"truncated","message":"m"}}"#
    let input = Data((pages + [failure]).joined(separator: "\n").utf8)
    let result = try ImgrecCLI.run(["tag", "-"], input: input, folder: folder)
    XCTAssertEqual(result.status, 0, result.err)
    XCTAssertEqual(result.err, "1 image: 1 tagged; 1 sidecar written, 1 record of failures\n")
    let tags = try exiftool("photos/p.tif.xmp")[0]
    XCTAssertEqual(list(tags["XMP-dc:Subject"]), ["Ada", "p1", "p2", "p3"])
    let info = try XCTUnwrap(tags["XMP-mwg-rs:RegionInfo"] as? [String: Any])
    XCTAssertEqual((info["RegionList"] as? [Any])?.count, 1)
    XCTAssertFalse(exists("photos/x.jpg.xmp"))
    let empty = try ImgrecCLI.run(["tag"], input: Data(), folder: folder)
    XCTAssertEqual(empty.status, 3)
    let only = try ImgrecCLI.run(["tag"], input: Data(failure.utf8), folder: folder)
    XCTAssertEqual(only.status, 0)
  }

  func testDryRunPrintsTheDifference() throws {
    try photo("a.jpg")
    try write(record("a.jpg", Self.tabby), "1.jsonl")
    try write(record("a.jpg", "\"classify\":[{\"label\":\"dog\",\"score\":0.9}]"), "2.jsonl")
    let first = try imgrec("tag", "1.jsonl", "--dry-run")
    XCTAssertEqual(
      first.text,
      "+ photos/a.jpg.xmp dc:subject tabby\n+ photos/a.jpg.xmp lr:hierarchicalSubject Objects|tabby\n")
    XCTAssertEqual(first.err, "1 image: 1 tagged; 1 sidecar would be written\n")
    XCTAssertFalse(exists("photos/a.jpg.xmp"))
    XCTAssertEqual(try imgrec("tag", "-q", "1.jsonl").status, 0)
    let second = try imgrec("tag", "2.jsonl", "--dry-run")
    XCTAssertTrue(second.text.contains("- photos/a.jpg.xmp dc:subject tabby\n+ photos/a.jpg.xmp dc:subject dog\n"))
    let removal = try imgrec("tag", "2.jsonl", "--dry-run", "--remove")
    XCTAssertEqual(
      removal.text,
      "- photos/a.jpg.xmp dc:subject tabby\n- photos/a.jpg.xmp lr:hierarchicalSubject Objects|tabby\n")
    XCTAssertTrue(removal.err.contains("1 would be deleted"), removal.err)
    XCTAssertTrue(exists("photos/a.jpg.xmp"))
  }

  func testDamagedSidecarsStay() throws {
    let bomb = "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><x>&b;</x>"
    let deep = String(repeating: "<a>", count: 100_000)
    let damaged = [
      "": "it is empty", "no xml": "it is not XML", bomb: "document type", deep: "levels",
      String(SidecarSamples.darktable("a.jpg").dropLast(200)): "cut off",
      "<a>" + String(repeating: " ", count: 17 << 20) + "</a>": "more than 16 MiB",
      SidecarSamples.digiKam("a.jpg").replacing("<dc:subject>", with: "<dc:subject><dc:x>"): "end tag",
      SidecarSamples.lightroom("a.jpg").replacing("xmlns:dc=", with: "xmlns:dC="): "",
    ]
    var records: [String] = []
    for (number, content) in damaged.keys.enumerated() {
      try photo("\(number).jpg")
      try write(content, "photos/\(number).jpg.xmp")
      records.append(record("\(number).jpg", Self.tabby))
    }
    try photo("good.jpg")
    try photo("folder.jpg")
    try FileManager.default.createDirectory(at: url("photos/folder.jpg.xmp"), withIntermediateDirectories: true)
    records += [record("good.jpg", Self.tabby), record("folder.jpg", Self.tabby), record("gone.jpg", Self.tabby)]
    try write(records.joined(separator: "\n"), "r.jsonl")
    let result = try imgrec("tag", "r.jsonl")
    XCTAssertEqual(result.status, 1)
    for (number, (content, message)) in damaged.enumerated() where !message.isEmpty {
      XCTAssertEqual(try text("photos/\(number).jpg.xmp"), content)
      let line = result.err.split(separator: "\n").first { $0.contains("photos/\(number).jpg:") }
      XCTAssertTrue(line?.contains("\(number).jpg.xmp: ") == true && line!.contains(message), "\(line ?? "")")
    }
    XCTAssertTrue(result.err.contains("photos/gone.jpg: no such file below"), result.err)
    XCTAssertTrue(result.err.contains("photos/folder.jpg: folder.jpg.xmp: it is not a file"), result.err)
    XCTAssertTrue(exists("photos/good.jpg.xmp"))
    let names = try FileManager.default.contentsOfDirectory(atPath: url("photos").path)
    XCTAssertEqual(names.filter { $0.contains(".part") }, [])
  }

  func testLightroomsNames() throws {
    for name in ["a.jpg", "b.jpg", "b.NEF", "c.jpg", "c.png", "d.jpg"] { try photo(name) }
    try write(SidecarSamples.lightroom("d.cr2").replacing("=\"JPG\"", with: "=\"CR2\""), "photos/d.xmp")
    let records = ["a.jpg", "b.jpg", "b.NEF", "c.jpg", "c.png", "d.jpg"].map { record($0, Self.tabby) }
    try write(records.joined(separator: "\n"), "r.jsonl")
    for _ in 1...2 {
      let result = try imgrec("tag", "r.jsonl", "--style", "lightroom")
      XCTAssertEqual(result.status, 1, result.err)
      XCTAssertTrue(result.err.contains("photos/c.png: c.xmp: it has the tags of c.jpg"), result.err)
      XCTAssertTrue(result.err.contains("photos/d.jpg: d.xmp: it is that of a .CR2 file"), result.err)
      XCTAssertTrue(result.err.contains("1 sidecar left to raw files"), result.err)
    }
    let image = try exiftool("photos/b.xmp")[0]["XMP-imgrec:Image"] as? String
    XCTAssertEqual(image, "b.NEF")
    let names = try FileManager.default.contentsOfDirectory(atPath: url("photos").path).filter { $0.hasSuffix("xmp") }
    XCTAssertEqual(names.sorted(), ["a.xmp", "b.xmp", "c.xmp", "d.xmp"])
    let other = try imgrec("tag", "r.jsonl")
    XCTAssertTrue(other.err.contains("6 images already had a sidecar of the other style"), other.err)
  }

  func testRightsAndLinksStay() throws {
    try photo("a.jpg")
    try photo("b.jpg")
    try write(SidecarSamples.darktable("a.jpg"), "photos/a.jpg.xmp")
    try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: url("photos/a.jpg.xmp").path)
    try FileManager.default.createSymbolicLink(
      atPath: url("photos/b.jpg.xmp").path, withDestinationPath: "../elsewhere.xmp")
    try write([record("a.jpg", Self.tabby), record("b.jpg", Self.tabby)].joined(separator: "\n"), "r.jsonl")
    XCTAssertEqual(try imgrec("tag", "-q", "r.jsonl").status, 0)
    let mode = try FileManager.default.attributesOfItem(atPath: url("photos/a.jpg.xmp").path)[.posixPermissions]
    XCTAssertEqual(mode as? Int, 0o640)
    XCTAssertEqual(
      try FileManager.default.destinationOfSymbolicLink(atPath: url("photos/b.jpg.xmp").path), "../elsewhere.xmp")
    XCTAssertTrue(try text("elsewhere.xmp").contains("tabby"))
    // The link is the user's, and so is what it leads to: emptied, not deleted.
    XCTAssertEqual(try imgrec("tag", "-q", "r.jsonl", "--remove").status, 0)
    XCTAssertFalse(try text("elsewhere.xmp").contains("tabby"))
  }

  func testPathsThatAreNotText() throws {
    let made = try ImgrecCLI.shell(
      "cp '\(ImgrecCLI.fixtures.path)/images/exif_1.jpg' $'photos/\\xe9.jpg'", folder: folder)
    XCTAssertEqual(made.status, 0, made.err)
    let bytes = Data(Array("photos/".utf8) + [0xe9] + Array(".jpg".utf8)).base64EncodedString()
    try write(
      "{\"classify\":[{\"score\":1,\"label\":\"tabby\"}],\"path_bytes\":\"\(bytes)\",\"status\":\"ok\",\"path\":\"photos/\\ufffd.jpg\","
        + "\"schema\":\"imgrec/1\"}", "r.jsonl")
    let result = try imgrec("tag", "r.jsonl")
    XCTAssertEqual(result.err, "1 image: 1 tagged; 1 sidecar written\n")
    XCTAssertEqual(try ImgrecCLI.shell("test -s $'photos/\\xe9.jpg.xmp'", folder: folder).status, 0)
  }

  func testMistakes() throws {
    try photo("a.jpg")
    try write(record("a.jpg", "\"embed\":{\"dim\":1,\"values\":\"AAAAAA==\"}"), "r.jsonl")
    let none = try imgrec("tag", "r.jsonl")
    XCTAssertEqual(none.status, 0)
    XCTAssertTrue(none.err.contains("scan with --task classify,faces"), none.err)
    XCTAssertFalse(exists("photos/a.jpg.xmp"))
    for (arguments, message) in [
      (["--task", "quality"], "'quality' is a task without tags"), (["--task", "face"], "'face' is not a task"),
      (["--remove", "--top", "1"], "--remove and --top cannot be used together"),
      (["--task", "faces", "--labels", "dog"], "--labels does nothing"), (["--style", "adobe"], "adobe"),
    ] {
      let result = try ImgrecCLI.run(["tag", "r.jsonl"] + arguments, folder: folder)
      XCTAssertEqual(result.status, 64, result.err)
      XCTAssertTrue(result.err.contains(message), result.err)
      XCTAssertLessThanOrEqual(result.err.split(separator: "\n").count, 2, result.err)
    }
    XCTAssertEqual(try imgrec("tag", "photos/a.jpg").status, 2)
  }
}
