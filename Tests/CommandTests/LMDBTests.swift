import Foundation
import XCTest

/// LMDB databases as liblmdb writes them (Fixtures/lmdb), read by the real executable.
final class LMDBTests: XCTestCase {
  private var folder: URL!

  override func setUpWithError() throws { folder = try ImgrecCLI.temporaryFolder() }

  override func tearDown() { try? FileManager.default.removeItem(at: folder) }

  private static let fixtures = ImgrecCLI.fixtures.appendingPathComponent("lmdb")
  private static let model = ["-m", ImgrecCLI.instantModel]

  /// Copies a database; returns its path.
  @discardableResult
  private func copy(_ name: String, as other: String? = nil) throws -> URL {
    let file = folder.appendingPathComponent(other ?? name)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try FileManager.default.copyItem(at: Self.fixtures.appendingPathComponent(name), to: file)
    return file
  }

  /// Each path of a scan with `ok`, or with the code of its failure.
  private func results(_ arguments: [String]) throws -> [String] {
    let result = try ImgrecCLI.run(["scan", "-q"] + Self.model + arguments, folder: folder)
    return try result.records().map { record in
      let error = record["error"] as? [String: Any]
      return "\(record["path"] ?? "") \(error?["code"] ?? "ok")"
    }
  }

  func testEntriesComeInTheOrderOfTheirKeysUnderDistinctNames() throws {
    try copy("plain.lmdb")
    XCTAssertEqual(
      try results(["plain.lmdb"]),
      [
        "%2Flead ok", "00000000_x.jpg ok", "00000001_x.jpg ok", "00000002_x.jpg ok", "00000003_x.jpg ok",
        "00000004_x.jpg ok", "100%25.jpg ok", "a/%2E%2E/b.jpg ok", "a%2F/c.jpg ok", "b.jpg ok",
        "bad.jpg unknown_format", "empty.jpg empty", "ü ok", "%FF%00%01 ok",
      ].map { "plain.lmdb/" + $0 })
  }

  func testEntriesAreSelectedLikeFiles() throws {
    try copy("plain.lmdb")
    XCTAssertEqual(try results(["plain.lmdb", "--limit", "2"]).count, 2)
    XCTAssertEqual(
      try results(["plain.lmdb", "--glob", "a/**"]), ["plain.lmdb/a/%2E%2E/b.jpg ok"])
    XCTAssertTrue(try results(["plain.lmdb", "--hidden"]).contains("plain.lmdb/.hidden.jpg ok"))
    XCTAssertEqual(
      Set(
        try results(["plain.lmdb", "--max-file-size", "2k", "--glob", "*_x.jpg"]).map { $0.split(separator: " ")[1] }),
      ["file_too_large"])
    let summary = try ImgrecCLI.run(["scan"] + Self.model + ["plain.lmdb"], folder: folder).err
    XCTAssertTrue(summary.contains("ignored: hidden 1, json 1, no extension 1"), summary)
  }

  func testAFolderWithADataFileIsADatabaseAndNothingIsWritten() throws {
    try copy("plain.lmdb", as: "db/data.mdb")
    let db = folder.appendingPathComponent("db")
    try FileManager.default.setAttributes([.posixPermissions: 0o555], ofItemAtPath: db.path)
    defer { try? FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: db.path) }
    XCTAssertEqual(try results(["db"]).first, "db/%2Flead ok")
    XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: db.path), ["data.mdb"])
    try copy("plain.lmdb", as: "train_lmdb")
    XCTAssertEqual(try results(["train_lmdb"]).first, "train_lmdb/%2Flead ok")
    try FileManager.default.removeItem(at: folder.appendingPathComponent("train_lmdb"))
    // Below a folder it is not opened, as archives are not.
    let walk = try ImgrecCLI.run(["scan", "--dry-run", "."], folder: folder)
    XCTAssertEqual(walk.status, 3)
    XCTAssertTrue(
      walk.err.contains("1 file is not an image (mdb 1), and archives are read only if they are named"), walk.err)
    // Another program's file of that name leaves a folder what it is.
    try FileManager.default.createDirectory(
      at: folder.appendingPathComponent("other"), withIntermediateDirectories: true)
    try Data("x".utf8).write(to: folder.appendingPathComponent("other/data.mdb"))
    try FileManager.default.copyItem(
      at: ImgrecCLI.fixtures.appendingPathComponent("images/grey.jpg"), to: folder.appendingPathComponent("other/a.jpg")
    )
    XCTAssertEqual(try results(["other"]), ["other/a.jpg ok"])
  }

  func testDatumsBecomePictures() throws {
    try copy("datum.lmdb")
    XCTAssertEqual(
      try results(["datum.lmdb"]),
      ["0 ok", "1 ok", "2 ok", "3 corrupt", "4 unsupported", "5 ok", "6 unsupported"].map { "datum.lmdb/" + $0 })
    // The planes are blue, green and red.
    let (blue, green, red) = (0..<24, 100..<124, 200..<224)
    let pixels = zip(red, zip(green, blue)).flatMap { [UInt8($0), UInt8($1.0), UInt8($1.1)] }
    try (Data("P6\n6 4\n255\n".utf8) + pixels).write(to: folder.appendingPathComponent("same.ppm"))
    let records = try ImgrecCLI.run(
      ["scan", "-q", "datum.lmdb", "same.ppm", "--glob", "0"] + Self.model, folder: folder
    ).records()
    XCTAssertEqual(records.count, 2)
    XCTAssertEqual(records[0]["digest"] as? String, records[1]["digest"] as? String)
  }

  func testNamedDatabasesAndIntegerKeys() throws {
    try copy("named.lmdb")
    XCTAssertEqual(
      try results(["named.lmdb"]),
      ["dups/k.jpg unsupported", "train/0.jpg ok", "train/1.jpg ok", "val/0 ok", "val/1000 ok"].map {
        "named.lmdb/" + $0
      })
  }

  func testOtherFilesAreNamed() throws {
    for (text, code) in [("neither", "corrupt"), ("", "corrupt")] {
      try Data(text.utf8).write(to: folder.appendingPathComponent("x.mdb"))
      XCTAssertEqual(try results(["x.mdb"]), ["x.mdb \(code)"])
    }
    var bytes = try Data(contentsOf: Self.fixtures.appendingPathComponent("plain.lmdb"))
    bytes[20] = 2
    try bytes.write(to: folder.appendingPathComponent("x.mdb"))
    // The other of the two descriptions holds then.
    XCTAssertGreaterThanOrEqual(try results(["x.mdb"]).count, 0)
    bytes[4096 + 20] = 2
    try bytes.write(to: folder.appendingPathComponent("x.mdb"))
    XCTAssertEqual(try results(["x.mdb"]), ["x.mdb unsupported"])
  }

  func testStandardInputIsRefusedWithTheWayOut() throws {
    try copy("plain.lmdb")
    let result = try ImgrecCLI.shell("imgrec scan -m '\(ImgrecCLI.instantModel)' -q - < plain.lmdb", folder: folder)
    XCTAssertTrue(
      result.text.contains("LMDB database, which is read by its pages in any order; name its file"), result.text)
  }

  func testADamagedFileLosesOnlyWhatIsDamaged() throws {
    let bytes = try Data(contentsOf: Self.fixtures.appendingPathComponent("plain.lmdb"))
    let whole = try {
      try copy("plain.lmdb")
      return Set(try results(["plain.lmdb"]))
    }()
    var names: [String] = []
    for length in stride(from: 0, to: bytes.count, by: 1777) {
      names.append("\(names.count).lmdb")
      try bytes.prefix(length).write(to: folder.appendingPathComponent(names[names.count - 1]))
    }
    // Bytes of the numbers in headers and nodes.
    for seed in 0..<200 {
      var other = bytes
      let page = seed % (bytes.count / 4096) * 4096
      other[page + (seed * 7) % 40] = UInt8(truncatingIfNeeded: seed * 131 + 255)
      names.append("\(names.count).lmdb")
      try other.write(to: folder.appendingPathComponent(names[names.count - 1]))
    }
    let result = try ImgrecCLI.run(["scan", "-q"] + Self.model + names, folder: folder)
    XCTAssertEqual(result.status, 1, result.err)
    let records = try result.records()
    for record in records where record["status"] as? String == "ok" {
      let path = (record["path"] as? String ?? "").split(separator: "/", maxSplits: 1).last ?? ""
      XCTAssertTrue(whole.contains("plain.lmdb/\(path) ok") || path.contains("%") || path.contains("member"), "\(path)")
    }
  }
}
