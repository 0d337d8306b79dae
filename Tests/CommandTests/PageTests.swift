import Foundation
import TestSupport
import XCTest

/// `scan --pages`: a record for a file with several pages, or one for each page.
final class PageTests: XCTestCase {
  private var folder = URL(fileURLWithPath: "/")

  override func setUpWithError() throws {
    folder = try ImgrecCLI.temporaryFolder()
    // Page 2 lies on its side.
    try write(
      "three.tif",
      TIFFPages([
        .init(30, 20, red: 250), .init(30, 20, green: 250, orientation: 6), .init(16, 12, blue: 250),
      ]))
    try write("b.tif", TIFFPages([.init(8, 8, green: 200)]))
  }

  override func tearDown() { try? FileManager.default.removeItem(at: folder) }

  private func write(_ name: String, _ tiff: TIFFPages) throws {
    try tiff.data.write(to: folder.appendingPathComponent(name))
  }

  private func scan(_ arguments: String..., cache: String = "off") throws -> ImgrecCLI.Result {
    try ImgrecCLI.run(
      ["scan", "-q", "--model", ImgrecCLI.instantModel, "--cache", cache] + arguments, folder: folder)
  }

  /// Path, page, number of pages, status, size and the best class of each record.
  private func lines(_ records: [[String: Any]]) -> [String] {
    records.map { record in
      let label = (record["classify"] as? [[String: Any]])?.first?["label"] as? String
      let values = [record["page"], record["pages"], record["status"], record["width"], record["height"], label]
      return "\(record["path"] ?? "-") " + values.map { $0.map { "\($0)" } ?? "-" }.joined(separator: " ")
    }
  }

  private let threePages = [
    "three.tif 1 3 ok 30 20 red", "three.tif 2 3 ok 20 30 green", "three.tif 3 3 ok 16 12 blue",
  ]

  func testTheFirstPageWithAWarningThatNamesTheFlag() throws {
    for option in [[], ["--pages", "first"]] {
      let result = try ImgrecCLI.run(
        ["scan", "-q", "--model", ImgrecCLI.instantModel, "--cache", "off", "three.tif", "b.tif"] + option,
        folder: folder)
      let records = try result.records()
      XCTAssertEqual(lines(records), ["three.tif - 3 ok 30 20 red", "b.tif - - ok 8 8 green"])
      XCTAssertEqual(
        records[0]["warnings"] as? [String], ["tiff: 3 pages, the first is read; --pages all reads all"])
      XCTAssertNil(records[1]["warnings"])
    }
  }

  func testARecordForEachPage() throws {
    let inputs = ["b.tif", "three.tif", "b.tif"]
    let expected = ["b.tif - - ok 8 8 green"] + threePages + ["b.tif - - ok 8 8 green"]
    for order in ["input", "done"] {
      let result = try ImgrecCLI.run(
        ["scan", "--model", ImgrecCLI.instantModel, "--cache", "off", "--pages", "all", "--order", order] + inputs,
        folder: folder)
      let found = lines(try result.records())
      XCTAssertEqual(order == "input" ? found : found.sorted(), order == "input" ? expected : expected.sorted())
      XCTAssertTrue(result.err.contains("5 images: 5 ok"), result.err)
      XCTAssertFalse(result.text.contains("warnings"))
      XCTAssertEqual(result.status, 0)
    }
  }

  func testAPageThatFailsCostsThatPage() throws {
    try write(
      "damaged.tif",
      TIFFPages(
        [.init(9, 7, red: 250), .init(9, 7, isDamaged: true), .init(9, 7, blue: 250)], dangling: 0x7fff_0000))
    let result = try scan("damaged.tif", "--pages", "all")
    XCTAssertEqual(result.status, 1)
    let records = try result.records()
    // The directory of page 4 is outside the file.
    XCTAssertEqual(records.map { $0["page"] as? Int }, [1, 2, 3, 4])
    XCTAssertEqual(records.map { $0["pages"] as? Int }, [4, 4, 4, 4])
    XCTAssertEqual(records.map { $0["status"] as? String }, ["ok", "error", "ok", "error"])
  }

  func testCachedPages() throws {
    ImgrecCLI.settle()
    let cache = "sqlite:\(folder.path)/cache"
    let states = { (result: ImgrecCLI.Result) in try result.records().map { $0["cache"] as? String } }
    // The answer to the first page of a file that is read as one is not that of page 1.
    XCTAssertEqual(try states(scan("three.tif", "b.tif", cache: cache)), ["miss", "miss"])
    let first = try scan("three.tif", "b.tif", "--pages", "all", cache: cache)
    XCTAssertEqual(try states(first), ["miss", "miss", "miss", "hit"])
    let second = try scan("three.tif", "b.tif", "--pages", "all", cache: cache)
    XCTAssertEqual(try states(second), ["hit", "hit", "hit", "hit"])
    XCTAssertEqual(try ImgrecCLI.essence(first.records()), try ImgrecCLI.essence(second.records()))
    let one = try scan("three.tif", cache: cache)
    XCTAssertEqual(lines(try one.records()), ["three.tif - 3 ok 30 20 red"])
    XCTAssertEqual(try states(one), ["hit"])
    XCTAssertTrue(one.text.contains("--pages all reads all"), one.text)
  }

  /// A file is complete when each of its pages has a record.
  func testResume() throws {
    let all = ["three.tif", "b.tif", "--pages", "all", "-o"]
    XCTAssertEqual(try scan("three.tif", "b.tif", "--pages", "all", "-o", "whole").status, 0)
    let whole = try Data(contentsOf: folder.appendingPathComponent("whole"))
    let rows = whole.split(separator: UInt8(ascii: "\n")).map { Data($0) + [UInt8(ascii: "\n")] }
    for kept in [[0, 1], [2, 1, 0], [0, 2, 3], [1], [0, 1, 2, 3]] {
      try kept.map { rows[$0] }.reduce(Data(), +).write(to: folder.appendingPathComponent("r"))
      let result = try ImgrecCLI.run(
        ["scan", "--resume", "--model", ImgrecCLI.instantModel, "--cache", "off"] + all + ["r"], folder: folder)
      XCTAssertEqual(result.status, 0, result.err)
      let records = try ImgrecCLI.records(Data(contentsOf: folder.appendingPathComponent("r")))
      XCTAssertEqual(try ImgrecCLI.essence(records), try ImgrecCLI.essence(ImgrecCLI.records(whole)), "\(kept)")
    }
    let other = try scan("three.tif", "b.tif", "-o", "whole", "--resume")
    XCTAssertEqual(other.status, 2)
    XCTAssertTrue(other.err.contains("was made with --pages all"), other.err)
    XCTAssertEqual(try Data(contentsOf: folder.appendingPathComponent("whole")), whole)
  }

  func testFilesOfPages() throws {
    XCTAssertEqual(try scan("three.tif", "b.tif", "--pages", "all", "--annotate", "drawn").status, 0)
    XCTAssertEqual(
      try FileManager.default.contentsOfDirectory(atPath: folder.appendingPathComponent("drawn").path).sorted(),
      ["b.tif.jpg", "three.tif-p1.jpg", "three.tif-p2.jpg", "three.tif-p3.jpg"])
    let csv = try scan("three.tif", "--pages", "all", "--format", "csv", "--top", "1").text
    XCTAssertEqual(
      csv.split(separator: "\r\n").dropFirst().compactMap { $0.split(separator: ",").last }, ["1", "2", "3"])
    let paths = try scan("three.tif", "b.tif", "--pages", "all", "--format", "paths").text
    XCTAssertEqual(paths, "three.tif\nb.tif\n")
  }

  func testWhatHasOneRecordForAFile() throws {
    for format in ["yolo", "voc", "coco"] {
      let result = try scan("three.tif", "--pages", "all", "--format", format, "-o", "labels")
      XCTAssertEqual(result.status, 64)
      XCTAssertTrue(result.err.contains("--pages all and --format \(format) cannot be used together"), result.err)
    }
    let queued = try scan("three.tif", "--pages", "all", "--queue", "redis://localhost/none")
    XCTAssertEqual(queued.status, 64)
    XCTAssertTrue(queued.err.contains("--queue and --pages all cannot be used together"), queued.err)
  }

  func testFramesOfADICOM() throws {
    try dicom(frames: [[250, 0, 0], [0, 250, 0], [0, 0, 250]], stated: 3).write(
      to: folder.appendingPathComponent("f.dcm"))
    XCTAssertEqual(
      lines(try scan("f.dcm", "--pages", "all").records()),
      ["f.dcm 1 3 ok 6 4 red", "f.dcm 2 3 ok 6 4 green", "f.dcm 3 3 ok 6 4 blue"])
    let first = try scan("f.dcm").records()
    XCTAssertEqual(lines(first), ["f.dcm - 3 ok 6 4 red"])
    XCTAssertEqual(first[0]["warnings"] as? [String], ["dicom: 3 frames, the first is read; --pages all reads all"])
    // A frame that the file states and lacks.
    try dicom(frames: [[250, 0, 0], [0, 250, 0]], stated: 3).write(to: folder.appendingPathComponent("f.dcm"))
    let cut = try scan("f.dcm", "--pages", "all").records()
    XCTAssertEqual(cut.map { $0["status"] as? String }, ["ok", "ok", "error"])
  }

  /// A made-up DICOM file of 6 x 4 pixels in RGB, each frame of one colour.
  private func dicom(frames: [[UInt8]], stated: Int) -> Data {
    var bytes = [UInt8](repeating: 0, count: 128) + Array("DICM".utf8)
    func element(_ group: Int, _ number: Int, _ kind: String, _ value: [UInt8]) {
      let value = value + (value.count % 2 == 0 ? [] : [kind == "UI" ? 0 : 32])
      for part in [group, number] { bytes += [UInt8(part & 255), UInt8(part >> 8)] }
      bytes += Array(kind.utf8)
      let size = kind == "OW" ? 4 : 2
      if size == 4 { bytes += [0, 0] }
      bytes += (0..<size).map { UInt8(value.count >> (8 * $0) & 255) } + value
    }
    element(2, 0x10, "UI", Array("1.2.840.10008.1.2.1".utf8))
    element(8, 0x16, "UI", Array("1.2.840.10008.5.1.4.1.1.7.4".utf8))
    element(0x28, 2, "US", [3, 0])
    element(0x28, 4, "CS", Array("RGB".utf8))
    element(0x28, 6, "US", [0, 0])
    element(0x28, 8, "IS", Array("\(stated)".utf8))
    for (number, value) in [(0x10, 4), (0x11, 6), (0x100, 8), (0x101, 8), (0x102, 7), (0x103, 0)] {
      element(0x28, number, "US", [UInt8(value), 0])
    }
    element(0x7fe0, 0x10, "OW", frames.flatMap { frame in (0..<24).flatMap { _ in frame } })
    return Data(bytes)
  }

  func testMorePagesThanAreRead() throws {
    try write("many.tif", TIFFPages(Array(repeating: .init(1, 1), count: 4096)))
    let all = try scan("many.tif", "--pages", "all")
    let records = try all.records()
    XCTAssertEqual(records.count, 1)
    XCTAssertEqual((records[0]["error"] as? [String: Any])?["code"] as? String, "unsupported")
    XCTAssertEqual(try scan("many.tif").status, 0)
  }
}
