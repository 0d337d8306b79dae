import Foundation
import XCTest

/// The formats, files, messages and exit codes of `imgrec similar`.
final class SimilarOutputTests: XCTestCase {
  private var folder = URL(fileURLWithPath: "/")

  override func setUpWithError() throws {
    folder = try ImgrecCLI.temporaryFolder()
    try FileManager.default.createDirectory(
      at: folder.appendingPathComponent("in"), withIntermediateDirectories: true)
  }
  override func tearDown() { try? FileManager.default.removeItem(at: folder) }

  /// A slope of `side` pixels; `seed` changes its direction.
  private func draw(_ name: String, side: Int = 64, seed: Int = 0) throws {
    let pixels = (0..<side).flatMap { y in
      (0..<side).map { x in UInt8(truncatingIfNeeded: seed == 0 ? x * 200 / side : (x * y * seed) / side) }
    }
    try Data(Array("P5\n\(side) \(side)\n255\n".utf8) + pixels)
      .write(to: folder.appendingPathComponent("in/\(name)"))
  }

  private func similar(_ arguments: String...) throws -> ImgrecCLI.Result {
    try ImgrecCLI.run(["similar"] + arguments, folder: folder)
  }

  func testFormats() throws {
    try draw("a.pgm")
    try draw("b.pgm", side: 128)
    try draw("=c,1.pgm", side: 32)
    try draw("other.pgm", seed: 7)
    XCTAssertEqual(try similar("in", "-q", "--format", "paths").text, "in/=c,1.pgm\nin/a.pgm\n")
    XCTAssertEqual(try similar("in", "-q", "--format", "paths", "--print0").text, "in/=c,1.pgm\0in/a.pgm\0")
    let lines = try similar("in", "-q", "--format", "csv").text.components(separatedBy: "\r\n")
    XCTAssertEqual(lines[0], "group,path,keep,distance,width,height,bytes,modified")
    XCTAssertTrue(lines[1].hasPrefix("1,in/b.pgm,true,0,128,128,16399,20"), lines[1])
    XCTAssertTrue(lines[2].hasPrefix("1,\"in/=c,1.pgm\",false,0,32,32,"), lines[2])
    let table = try similar("in", "--format", "table")
    let rows = table.text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    XCTAssertEqual(rows.map(\.last), ["PATH", "in/b.pgm", "in/=c,1.pgm", "in/a.pgm"])
    XCTAssertEqual(Array(rows[1].prefix(4)), ["1", "keep", "128x128", "16.0"])
    XCTAssertTrue(table.err.hasPrefix("4 images: 4 ok; 1 group, 2 duplicates; "), table.err)
    let record = try XCTUnwrap(similar("in", "-q").records().first)
    let images = try XCTUnwrap(record["images"] as? [[String: Any]])
    XCTAssertEqual(images.map { $0["bytes"] as? Int }, [16399, 1037, 4109])
    XCTAssertTrue((images[0]["modified"] as? String ?? "").hasSuffix("Z"))
    XCTAssertEqual(try similar("in", "--print0").status, 64)
    let lists = try similar("in", "-0", "--format", "paths")
    XCTAssertEqual(lists.status, 64)
    XCTAssertTrue(lists.err.contains("--print0"), lists.err)
  }

  func testFiles() throws {
    try draw("a.pgm")
    try draw("b.pgm")
    func text(_ name: String) throws -> String {
      try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
    }
    for name in ["g.json", "g.csv", "g.jsonl", "g"] {
      // Twice: an earlier output is replaced.
      for _ in 0..<2 {
        let result = try similar("in", "-o", name)
        XCTAssertEqual(result.status, 0, result.err)
        XCTAssertEqual(result.text, "")
      }
    }
    XCTAssertNotNil(try JSONSerialization.jsonObject(with: Data(text("g.json").utf8)) as? [Any])
    XCTAssertTrue(try text("g.csv").hasPrefix("group,path"))
    XCTAssertTrue(try text("g").hasPrefix("{\"schema\":\"imgrec-similar/1\""))
    try Data("mine\n".utf8).write(to: folder.appendingPathComponent("notes.txt"))
    let refused = try similar("in", "-o", "notes.txt")
    XCTAssertEqual(refused.status, 2)
    XCTAssertTrue(refused.err.contains("--on-exists overwrite"), refused.err)
    XCTAssertEqual(try text("notes.txt"), "mine\n")
    XCTAssertEqual(try similar("in", "-o", "notes.txt", "--on-exists", "overwrite").status, 0)
    let input = try similar("in", "-o", "in/a.pgm", "--on-exists", "overwrite")
    XCTAssertEqual(input.status, 2)
    XCTAssertTrue(input.err.contains("would write over in/a.pgm"), input.err)
  }

  func testMessagesAndExitCodes() throws {
    try draw("a.pgm")
    let one = try similar("in/a.pgm")
    XCTAssertEqual(one.status, 0)
    XCTAssertTrue(one.err.hasPrefix("1 image: 1 ok; no near duplicates; "), one.err)
    try Data("x".utf8).write(to: folder.appendingPathComponent("in/bad.jpg"))
    let bad = try similar("in", "-q")
    XCTAssertEqual(bad.status, 1)
    XCTAssertEqual(
      bad.err, "imgrec: in/bad.jpg: unknown_format: text, and no image; a list of paths is read by --files-from FILE\n")
    XCTAssertTrue(try similar("in").err.contains("1 failed (unknown format 1)"))
    try FileManager.default.createDirectory(at: folder.appendingPathComponent("no"), withIntermediateDirectories: true)
    XCTAssertEqual(try similar("no", "-o", "none.csv").status, 3)
    let progress = try similar("in", "--progress", "json").err.split(separator: "\n")
    XCTAssertTrue(
      progress.contains { $0.hasPrefix("{\"event\":\"progress\",\"done\":2,\"ok\":1,\"failed\":1,") }, "\(progress)")
  }
}
