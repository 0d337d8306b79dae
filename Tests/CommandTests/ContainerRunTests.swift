import Foundation
import TestSupport
import XCTest

/// The contract of containers, with the real executable: records, resumption and memory.
final class ContainerRunTests: XCTestCase {
  private let model = ["--model", ImgrecCLI.instantModel, "--cache", "off", "-q"]
  private var folder = URL(fileURLWithPath: "/")

  override func setUpWithError() throws { folder = try ImgrecCLI.temporaryFolder() }
  override func tearDown() { try? FileManager.default.removeItem(at: folder) }

  private func file(_ name: String) -> URL { folder.appendingPathComponent(name) }

  /// Members with one small image each, whose digests differ.
  private func members(_ count: Int) throws -> [ContainerMaker.Member] {
    try (0..<count).map { ("a/\($0).jpg", [UInt8](try ImgrecCLI.image($0))) }
  }

  private func write(_ maker: ContainerMaker, _ members: [ContainerMaker.Member]) throws {
    try Data(maker.bytes(members)).write(to: file(maker.fileName))
  }

  private func scan(_ arguments: String...) throws -> ImgrecCLI.Result {
    try ImgrecCLI.run(["scan"] + arguments + model, folder: folder)
  }

  private func essence(_ name: String) throws -> [String] {
    try ImgrecCLI.essence(ImgrecCLI.records(Data(contentsOf: file(name)))).map { String(decoding: $0, as: UTF8.self) }
  }

  func testRecordsAreThoseOfLooseFilesWithTheKey() throws {
    let members = try members(5)
    try FileManager.default.createDirectory(at: file("a"), withIntermediateDirectories: true)
    for member in members { try Data(member.content).write(to: file(member.name)) }
    let loose = try scan("a").records()
    for maker in ContainerMaker.allCases {
      try write(maker, members)
      let result = try scan(maker.fileName)
      XCTAssertEqual(result.status, 0, result.err)
      var records = try result.records()
      XCTAssertEqual(
        records.compactMap { $0["path"] as? String },
        members.enumerated().map { "\(maker.fileName)/\(maker.inside($0, $1.name))" })
      XCTAssertEqual(records.map { $0["key"] as? String }, members.map { maker.key($0.name) })
      for n in records.indices {
        records[n]["key"] = nil
        records[n]["path"] = loose[n]["path"]
      }
      XCTAssertEqual(try ImgrecCLI.essence(records), try ImgrecCLI.essence(loose))
    }
  }

  func testKilledAndResumedInTheMiddle() throws {
    let members = try members(400)
    for maker in ContainerMaker.allCases {
      try write(maker, members)
      XCTAssertEqual(try scan(maker.fileName, "-o", "whole.jsonl", "--on-exists", "overwrite").status, 0)
      for order in ["input", "done"] {
        try? FileManager.default.removeItem(at: file("r.jsonl"))
        let process = ImgrecCLI.process(
          ["scan", maker.fileName, "-o", "r.jsonl", "--order", order] + model, folder: folder)
        try process.run()
        try waitUntil("records are written") { ImgrecCLI.lineCount(file("r.jsonl")) > 0 }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        let result = try scan(maker.fileName, "-o", "r.jsonl", "--resume")
        XCTAssertEqual(result.status, 0, result.err)
        XCTAssertEqual(try essence("r.jsonl"), try essence("whole.jsonl"))
      }
    }
  }

  func testAMemberThatChangedIsReadAgain() throws {
    var members = try members(6)
    for maker in ContainerMaker.allCases {
      try write(maker, members)
      XCTAssertEqual(try scan(maker.fileName, "-o", "r.jsonl", "--on-exists", "overwrite").status, 0)
      members.swapAt(2, 3)
      members[2].name = "a/2.jpg"
      members[3].name = "a/3.jpg"
      try write(maker, members)
      let result = try scan(maker.fileName, "-o", "r.jsonl", "--resume", "--summary", "s.json")
      XCTAssertEqual(result.status, 0, result.err)
      let summary = try XCTUnwrap(
        JSONSerialization.jsonObject(with: Data(contentsOf: file("s.json"))) as? [String: Any])
      XCTAssertEqual(summary["ok"] as? Int, 2, maker.rawValue)
      XCTAssertEqual(summary["skipped"] as? Int, 4, maker.rawValue)
      XCTAssertEqual(
        try essence("r.jsonl"),
        try ImgrecCLI.essence(scan(maker.fileName).records()).map {
          String(decoding: $0, as: UTF8.self)
        })
    }
  }

  func testDamageIsTheRecordOfAMember() throws {
    let members = try members(3)
    var bytes = ContainerMaker.tfrecord.bytes(members)
    bytes[bytes.count / 2] ^= 1
    try Data(bytes.dropLast()).write(to: file("x.tfrecord"))
    let result = try scan("x.tfrecord")
    XCTAssertEqual(result.status, 1)
    let codes = try result.records().map { ($0["error"] as? [String: Any])?["code"] as? String }
    XCTAssertEqual(codes, [nil, "corrupt", "truncated"])
    XCTAssertEqual(
      try result.records().map { $0["path"] as? String },
      ["x.tfrecord/00000000", "x.tfrecord/00000001", "x.tfrecord"])
  }

  func testAWebDatasetIsReadWithItsKeys() throws {
    let image = try members(1)[0].content
    let tar = ArchiveBytes.tar([
      .init("d/1.json", Array("{}".utf8)), .init("d/1.left.jpg", image), .init("d/1.right.jpg", image),
      .init("d/1.cls", Array("3".utf8)), .init("2.jpg", image),
    ])
    try Data(tar).write(to: file("x.tar"))
    let result = try ImgrecCLI.run(
      ["scan", "x.tar", "--summary", "s.json"] + model, folder: folder)
    XCTAssertEqual(result.status, 0, result.err)
    XCTAssertEqual(try result.records().map { $0["key"] as? String }, ["d/1", "d/1", "2"])
    let summary = try XCTUnwrap(
      JSONSerialization.jsonObject(with: Data(contentsOf: file("s.json"))) as? [String: Any])
    XCTAssertEqual(summary["ignored_kinds"] as? [String: Int], ["json": 1, "cls": 1])
  }

  func testFilesThatHoldImagesAndAreNotReadNameTheWayOut() throws {
    for (name, head, advice) in [
      ("x.parquet", "PAR1", "read_parquet('FILE.parquet')"), ("x", "ARROW1", "read_feather"),
      ("x.h5", "\u{89}HDF\r\n\u{1a}\n", "h5py"), ("x.npy", "\u{93}NUMPY", "numpy.load"),
      ("x.7z", "7z\u{bc}\u{af}\u{27}\u{1c}", "bsdtar -cf - @FILE.7z | imgrec scan -"),
      ("x.rar", "Rar!\u{1a}\u{7}", "bsdtar -cf - @FILE.rar | imgrec scan -"),
      ("x.docx", "PK\u{3}\u{4}", "imgrec scan - < FILE"),
      ("x.gz", "\u{1f}\u{8b}\u{8}", "gzip -dc FILE | imgrec scan -"),
    ] {
      let bytes = head.unicodeScalars.map { UInt8($0.value) } + [UInt8](repeating: 0, count: 600)
      try Data(bytes).write(to: file(name))
      let result = try scan(name)
      XCTAssertEqual(result.status, 1, name)
      let error = try XCTUnwrap(result.records().first?["error"] as? [String: Any])
      XCTAssertEqual(error["code"] as? String, "unsupported", name)
      XCTAssertTrue((error["message"] as? String ?? "").contains(advice), "\(name): \(error)")
    }
  }

  func testMemoryDoesNotGrowWithTheNumberOfMembers() throws {
    func peak(_ maker: ContainerMaker, _ count: Int) throws -> Int {
      let image = try members(1)[0].content
      try write(maker, (0..<count).map { ("\($0).jpg", image) })
      let result = try ImgrecCLI.run(
        ["scan", maker.fileName, "--summary", "s.json", "-o", "r.jsonl", "--on-exists", "overwrite"] + model,
        folder: folder)
      XCTAssertEqual(result.status, 0, result.err)
      return try XCTUnwrap(ImgrecCLI.summary(file("s.json"))["peak_memory_bytes"] as? Int)
    }
    for maker in ContainerMaker.allCases {
      let few = try peak(maker, 200)
      let many = try peak(maker, 2000)
      XCTAssertLessThan(many, few + (12 << 20), maker.rawValue)
    }
  }
}
