import Foundation
import XCTest

/// `imgrec similar` and `scan --similar`, of pictures without contrast and of tasks that are not taken over.
final class SimilarTests: XCTestCase {
  private var folder = URL(fileURLWithPath: "/")

  override func setUpWithError() throws { folder = try ImgrecCLI.temporaryFolder() }
  override func tearDown() { try? FileManager.default.removeItem(at: folder) }

  /// Writes a picture of 64 x 48 whose pixel (x, y) is `colour(x, y)`.
  private func draw(_ name: String, _ colour: (Int, Int) -> [UInt8]) throws {
    let pixels = (0..<48).flatMap { y in (0..<64).flatMap { x in colour(x, y) } }
    try Data(Array("P6\n64 48\n255\n".utf8) + pixels).write(to: folder.appendingPathComponent(name))
  }

  func testPlainPicturesAreGroupedByColour() throws {
    let colours: [(String, [UInt8])] = [
      ("black", [0, 0, 0]), ("white", [255, 255, 255]), ("red", [200, 0, 0]), ("blue", [0, 0, 200]),
      ("grey", [128, 128, 128]),
    ]
    for (name, colour) in colours { try draw("\(name).ppm") { _, _ in colour } }
    for hash in ["phash", "average", "block"] {
      let result = try ImgrecCLI.run(["similar", "--hash", hash, folder.path])
      XCTAssertEqual(result.status, 0, result.err)
      XCTAssertEqual(result.text, "", hash)
    }
    try draw("red2.ppm") { x, y in [UInt8(200 + (x + y) % 2), 1, 0] }
    try draw("slope.ppm") { x, _ in [UInt8(x * 3), 0, 0] }
    let groups = try ImgrecCLI.run(["similar", "-q", folder.path]).records()
    XCTAssertEqual(groups.count, 1)
    let images = groups.first?["images"] as? [[String: Any]] ?? []
    XCTAssertEqual(
      images.compactMap { ($0["path"] as? String).map { URL(fileURLWithPath: $0).lastPathComponent } },
      ["red.ppm", "red2.ppm"])
    XCTAssertEqual(images.map { $0["distance"] as? Int }, [0, 0])
  }

  func testMirroredCopies() throws {
    /// Blocks of noise, which no hash takes for their mirror image.
    func block(_ x: Int, _ y: Int) -> [UInt8] {
      Array(repeating: UInt8(truncatingIfNeeded: (x / 8 * 37 + y / 8 * 101) * (x / 8 + 3)), count: 3)
    }
    try draw("a.ppm", block)
    try draw("b.ppm") { x, y in block(63 - x, y) }
    try draw("c.ppm") { x, y in block(x, y).map { $0 / 8 * 7 } }
    // Without contrast: compared by colours.
    try draw("d.ppm") { x, _ in [x < 32 ? 100 : 104, 100, 100] }
    try draw("e.ppm") { x, _ in [x < 32 ? 104 : 100, 100, 100] }
    try draw("f.ppm") { x, _ in x < 32 ? [200, 0, 0] : [192, 16, 0] }
    try draw("g.ppm") { x, _ in x < 32 ? [192, 16, 0] : [200, 0, 0] }
    func groups(_ arguments: String...) throws -> [[String]] {
      let result = try ImgrecCLI.run(["similar", "-q", "."] + arguments, folder: folder)
      XCTAssertEqual(result.status, 0, result.err)
      return try result.records().map { group in
        (group["images"] as? [[String: Any]] ?? []).map { image in
          (image["path"] as? String ?? "").suffix(5).prefix(1) + (image["mirrored"] as? Bool == true ? " mirrored" : "")
        }
      }
    }
    XCTAssertEqual(try groups(), [["a", "c"], ["d", "e"]])
    for hash in ["phash", "average", "block"] {
      XCTAssertEqual(
        try groups("--mirrored", "--hash", hash).sorted { $0[0] < $1[0] },
        [["a", "b mirrored", "c"], ["d", "e mirrored"], ["f", "g mirrored"]], hash)
    }
    let table = try ImgrecCLI.run(["similar", "-q", "--mirrored", "--format", "csv", "."], folder: folder).text
    XCTAssertTrue(table.hasPrefix("group,path,keep,distance,width,height,bytes,modified,mirrored\r\n"), table)
    XCTAssertEqual(table.split(separator: "\r\n").count { $0.hasSuffix(",true") }, 3, table)
  }

  func testPlainPicturesTakeNoAnswer() throws {
    for (name, colour) in [("red", [200, 0, 0]), ("green", [0, 200, 0]), ("blue", [0, 0, 200])] as [(String, [UInt8])] {
      try draw("\(name).ppm") { _, _ in colour }
    }
    let records = try ImgrecCLI.run([
      "scan", "-q", "--cache", "off", "--similar", "15", "-m", ImgrecCLI.instantModel, folder.path,
    ]).records()
    let labels = records.map { ($0["classify"] as? [[String: Any]])?.first?["label"] as? String }
    XCTAssertEqual(labels, ["blue", "green", "red"])
  }

  func testTextIsReadInEveryImage() throws {
    try ImgrecCLI.pull("ppocr_v6_det", "ppocr_v6_rec", "ppocr_cls")
    for n in 0..<2 { try draw("\(n).ppm") { x, _ in [UInt8(x * 3), 0, 0] } }
    let flags = ["scan", "--cache", "off", "--similar", "4", folder.path]
    let alone = try ImgrecCLI.run(flags + ["--task", "text"])
    XCTAssertEqual(alone.status, 64)
    XCTAssertTrue(alone.err.contains("--similar does not apply to faces, text, plates"), alone.err)
    let both = try ImgrecCLI.run(flags + ["--task", "text,quality"])
    XCTAssertEqual(both.status, 0, both.err)
    XCTAssertTrue(both.err.contains("--similar does not apply to text"), both.err)
  }
}
