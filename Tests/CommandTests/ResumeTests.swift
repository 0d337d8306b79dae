import Foundation
import TestSupport
import XCTest

/// `scan --resume`: the file becomes what one run would have written, whatever ended the earlier one.
final class ResumeTests: XCTestCase {
  private let model = ["--model", ImgrecCLI.instantModel, "--cache", "off", "-q"]
  private var folder = URL(fileURLWithPath: "/")

  override func setUpWithError() throws { folder = try ImgrecCLI.temporaryFolder() }
  override func tearDown() { try? FileManager.default.removeItem(at: folder) }

  private func file(_ name: String) -> URL { folder.appendingPathComponent(name) }
  private func data(_ name: String) throws -> Data { try Data(contentsOf: file(name)) }
  private func lines(_ name: String) throws -> [Data] {
    try data(name).split(separator: UInt8(ascii: "\n")).map { Data($0) + [UInt8(ascii: "\n")] }
  }
  private func write(_ lines: [Data], to name: String) throws { try lines.reduce(Data(), +).write(to: file(name)) }

  private func scan(_ arguments: String...) throws -> ImgrecCLI.Result {
    try ImgrecCLI.run(["scan"] + arguments + model, folder: folder)
  }

  /// The records of `name` without what differs from run to run.
  private func essence(_ name: String) throws -> [String] {
    try ImgrecCLI.essence(ImgrecCLI.records(data(name))).map { String(decoding: $0, as: UTF8.self) }
  }

  private func paths(_ name: String) throws -> [String] {
    try ImgrecCLI.records(data(name)).compactMap { $0["path"] as? String }
  }

  /// Asserts that `name` is what a run from the start writes now.
  private func assertWhole(_ name: String = "r.jsonl", _ inputs: String..., line: UInt = #line) throws {
    _ = try ImgrecCLI.run(
      ["scan"] + (inputs.isEmpty ? ["photos"] : inputs) + ["-o", "whole.jsonl", "--on-exists", "overwrite"] + model,
      folder: folder)
    XCTAssertEqual(try essence(name), try essence("whole.jsonl"), line: line)
  }

  func testInterruptedThenResumed() throws {
    try ImgrecCLI.copies(200, in: folder)
    XCTAssertEqual(try scan("photos", "-o", "whole.jsonl").status, 0)
    let all = try paths("whole.jsonl")
    for signal in [SIGINT, SIGTERM] {
      for order in ["input", "done"] {
        try? FileManager.default.removeItem(at: file("r.jsonl"))
        let process = ImgrecCLI.process(["scan", "-", "-o", "r.jsonl", "--order", order] + model, folder: folder)
        let input = try HeldInput()
        process.standardInput = input.handle
        try process.run()
        try input.send(all.prefix(150))
        try waitUntil("records are written") { ImgrecCLI.lineCount(file("r.jsonl")) > 0 }
        kill(process.processIdentifier, signal)
        process.waitUntilExit()
        XCTAssertEqual(process.terminationStatus, 130)
        let result = try scan("photos", "-o", "r.jsonl", "--resume")
        XCTAssertEqual(result.status, 0, result.err)
        XCTAssertEqual(try essence("r.jsonl"), try essence("whole.jsonl"))
      }
    }
  }

  func testKilledWhileItResumes() throws {
    try ImgrecCLI.copies(20, in: folder)
    let sound = try data("photos/3.jpg")
    try Data("no image".utf8).write(to: file("photos/3.jpg"))
    XCTAssertEqual(try scan("photos", "-o", "r.jsonl").status, 1)
    try sound.write(to: file("photos/3.jpg"))
    let process = ImgrecCLI.process(["scan", "-", "-o", "r.jsonl", "--resume"] + model, folder: folder)
    let input = try HeldInput()
    process.standardInput = input.handle
    try process.run()
    try input.send(paths("r.jsonl"))
    try waitUntil("the record of the repaired file is appended") { ImgrecCLI.lineCount(file("r.jsonl")) == 21 }
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    XCTAssertEqual(process.terminationReason, .uncaughtSignal)
    XCTAssertEqual(Set(try FileManager.default.contentsOfDirectory(atPath: folder.path)), ["photos", "r.jsonl"])
    XCTAssertEqual(try scan("photos", "-o", "r.jsonl", "--resume", "--summary", "s").status, 0)
    try assertWhole()
    let summary = try XCTUnwrap(JSONSerialization.jsonObject(with: data("s")) as? [String: Any])
    XCTAssertEqual(summary["skipped"] as? Int, 20, "the appended record counts")
  }

  func testFailuresAreDoneAgain() throws {
    try ImgrecCLI.copies(6, in: folder)
    let sound = try data("photos/2.jpg")
    try Data("no image".utf8).write(to: file("photos/2.jpg"))
    XCTAssertEqual(try scan("photos", "-o", "r.jsonl").status, 1)
    XCTAssertEqual(try scan("photos", "-o", "r.jsonl", "--resume", "--summary", "s").status, 1, "it is still damaged")
    try assertWhole()
    let summary = try XCTUnwrap(JSONSerialization.jsonObject(with: data("s")) as? [String: Any])
    XCTAssertEqual(["inputs", "ok", "failed", "skipped"].map { summary[$0] as? Int }, [6, 0, 1, 5])
    try sound.write(to: file("photos/2.jpg"))
    chmod(file("r.jsonl").path, 0o640)
    try FileManager.default.createSymbolicLink(atPath: file("link").path, withDestinationPath: "r.jsonl")
    // Held open, because a file system may give the number of a file that is gone to the next one.
    let replaced = try FileHandle(forReadingFrom: file("r.jsonl"))
    XCTAssertEqual(try scan("photos", "-o", "link", "--resume").status, 0)
    try assertWhole()
    XCTAssertEqual(try essence("r.jsonl").count, 6)
    var status = stat()
    XCTAssertEqual(fstat(replaced.fileDescriptor, &status), 0)
    XCTAssertEqual(status.st_nlink, 0, "replaced as a whole")
    let attributes = try FileManager.default.attributesOfItem(atPath: file("r.jsonl").path)
    XCTAssertEqual(attributes[.posixPermissions] as? Int, 0o640)
    XCTAssertEqual(try FileManager.default.destinationOfSymbolicLink(atPath: file("link").path), "r.jsonl")
    XCTAssertEqual(
      Set(try FileManager.default.contentsOfDirectory(atPath: folder.path)),
      ["photos", "r.jsonl", "link", "s", "whole.jsonl"], "no temporary file")
  }

  func testChangedFilesAreDoneAgain() throws {
    try ImgrecCLI.copies(5, in: folder)
    // Older than the records, as far as a copied time shows.
    let past = [timespec(tv_sec: 1_600_000_000, tv_nsec: 0), timespec(tv_sec: 1_600_000_000, tv_nsec: 0)]
    XCTAssertEqual(try scan("photos", "-o", "r.jsonl").status, 0)
    let before = try data("r.jsonl")
    XCTAssertEqual(try scan("photos", "-o", "r.jsonl", "--resume").status, 0)
    XCTAssertEqual(try data("r.jsonl"), before, "nothing has changed")
    // As long as it was, and with an older time; only ctime shows the change.
    var photo = try data("photos/3.jpg")
    photo[6] = UInt8(ascii: "9")
    try photo.write(to: file("photos/3.jpg"))
    utimensat(AT_FDCWD, file("photos/3.jpg").path, past, 0)
    try (data("photos/1.jpg") + [0]).write(to: file("photos/1.jpg"))
    try FileManager.default.removeItem(at: file("photos/4.jpg"))
    try FileManager.default.copyItem(at: file("photos/0.jpg"), to: file("photos/4.jpg"))
    XCTAssertEqual(try scan("photos", "-o", "r.jsonl", "--resume").status, 0)
    try assertWhole()
    XCTAssertTrue(before.starts(with: try lines("r.jsonl")[0]), "kept, its milliseconds too")
    // A file that is gone is a failure where it is named.
    XCTAssertEqual(try scan("photos", "photos/gone.jpg", "-o", "r.jsonl", "--resume").status, 1)
    try assertWhole("r.jsonl", "photos", "photos/gone.jpg")
  }

  func testMembersOfAnArchiveAreComparedByTheirBytes() throws {
    try ImgrecCLI.copies(4, in: folder)
    let pack = "tar cf a.tar -C photos"
    let packed = try ImgrecCLI.shell("\(pack) 0.jpg 1.jpg 2.jpg 3.jpg", folder: folder)
    try XCTSkipIf(packed.status != 0, packed.err)
    let first = try scan("a.tar", "-o", "r.jsonl")
    XCTAssertEqual(first.status, 0, first.err)
    let before = try lines("r.jsonl")
    _ = try ImgrecCLI.shell("cp photos/0.jpg photos/2.jpg; \(pack) 0.jpg 1.jpg 2.jpg 3.jpg", folder: folder)
    XCTAssertEqual(try scan("a.tar", "-o", "r.jsonl", "--resume").status, 0)
    try assertWhole("r.jsonl", "a.tar")
    XCTAssertEqual(try lines("r.jsonl")[1], before[1], "kept, its milliseconds too")
    XCTAssertNotEqual(try lines("r.jsonl")[2], before[2])
  }

  /// What runs leave that were killed while they resumed: appended records, out of order, beside superseded ones.
  func testRecordsInAnyOrderAreArranged() throws {
    try ImgrecCLI.copies(6, in: folder)
    XCTAssertEqual(try scan("photos", "-o", "whole.jsonl").status, 0)
    let whole = try lines("whole.jsonl")
    let failed = Data(
      #"{"schema":"imgrec/1","path":"photos/4.jpg","status":"error","error":{"stage":"read","code":"io","message":""}}"#
        .utf8)
    let torn = Data(#"{"schema":"imgrec/1","path":"pho"#.utf8)
    for tail in [Data(), torn, torn.prefix(3), Data(count: 5000), torn + Data(count: 70_000)] {
      try write([whole[0], failed + [10], whole[5], whole[2], whole[4], tail], to: "r.jsonl")
      let result = try scan("photos", "-o", "r.jsonl", "--resume")
      XCTAssertEqual(result.status, 0, result.err)
      XCTAssertEqual(try essence("r.jsonl"), try essence("whole.jsonl"))
      XCTAssertEqual(try lines("r.jsonl")[5], whole[5], "kept as it was")
    }
    // In the order of completion, kept records come first.
    try write([whole[0], failed + [10], whole[5], whole[2]], to: "r.jsonl")
    XCTAssertEqual(try scan("photos", "-o", "r.jsonl", "--resume", "--order", "done").status, 0)
    XCTAssertEqual(try Array(lines("r.jsonl").prefix(3)), [whole[0], whole[5], whole[2]])
    XCTAssertEqual(Set(try essence("r.jsonl")), Set(try essence("whole.jsonl")))
    XCTAssertEqual(try lines("r.jsonl").count, 6)
  }

  func testRecordsOfOtherInputsStay() throws {
    try ImgrecCLI.copies(4, in: folder)
    XCTAssertEqual(try scan("photos", "-o", "r.jsonl").status, 0)
    let before = try lines("r.jsonl")
    try FileManager.default.removeItem(at: file("photos/1.jpg"))
    XCTAssertEqual(try scan("photos", "-o", "r.jsonl", "--resume").status, 0)
    XCTAssertEqual(try lines("r.jsonl"), before, "in its place")
    XCTAssertEqual(
      try scan("photos/3.jpg", "photos/2.jpg", "photos/3.jpg", "-o", "r.jsonl", "--resume").status, 0)
    XCTAssertEqual(
      try paths("r.jsonl"), ["photos/0.jpg", "photos/1.jpg", "photos/3.jpg", "photos/2.jpg", "photos/3.jpg"],
      "an input that is named twice has two records")
    let settled = try data("r.jsonl")
    XCTAssertEqual(
      try scan("photos/3.jpg", "photos/2.jpg", "photos/3.jpg", "-o", "r.jsonl", "--resume").status, 0)
    XCTAssertEqual(
      try ImgrecCLI.records(data("r.jsonl")).count, try ImgrecCLI.records(settled).count, "none is doubled")
  }

  func testNoFileOfRecordsIsLeftAsItIs() throws {
    try ImgrecCLI.copies(1, in: folder)
    let record = #"{"schema":"imgrec/1","path":"photos/0.jpg","status":"ok","digest":"sha256:"#
    XCTAssertEqual(try scan("photos", "-o", "s.jsonl", "--summary", "s").status, 0)
    let sound = try String(decoding: data("s.jsonl"), as: UTF8.self)
    for text in [
      "remember the milk", "remember\nthe milk\n", "{\"schema\":\"other\"}\n", record, "{}", sound + "the milk",
      sound + "the milk\n", sound + "\n" + sound, sound + sound.dropLast(3) + "\n", "\n",
      try String(decoding: data("s"), as: UTF8.self),
    ] where text != record {
      try Data(text.utf8).write(to: file("notes.txt"))
      for flags in [[], ["--on-exists", "overwrite"]] {
        let result = try ImgrecCLI.run(
          ["scan", "photos", "-o", "notes.txt", "--resume"] + flags + model, folder: folder)
        XCTAssertEqual(result.status, 2, text)
        XCTAssertTrue(result.err.contains("notes.txt"), result.err)
        XCTAssertTrue(result.err.contains("left it as it was") || result.err.contains("left as it was"), result.err)
        XCTAssertEqual(try String(decoding: data("notes.txt"), as: UTF8.self), text)
      }
    }
    // A missing or an empty file is begun, and one with an unfinished first record too.
    for text in [nil, "", record] {
      try? FileManager.default.removeItem(at: file("new"))
      try text.map { try Data($0.utf8).write(to: file("new")) }
      XCTAssertEqual(try scan("photos", "-o", "new", "--resume").status, 0)
      XCTAssertEqual(try essence("new"), try essence("s.jsonl"))
    }
  }

  func testPicturesOfKeptRecordsAreNotMadeAgain() throws {
    try ImgrecCLI.copies(4, in: folder)
    XCTAssertEqual(try scan("photos", "-o", "r.jsonl").status, 0)
    try write(Array(lines("r.jsonl").prefix(2)), to: "r.jsonl")
    let result = try scan("photos", "-o", "r.jsonl", "--resume", "--annotate", "drawn")
    XCTAssertEqual(result.status, 0, result.err)
    let drawn = try FileManager.default.subpathsOfDirectory(atPath: file("drawn").path).filter { $0.hasSuffix(".jpg") }
    XCTAssertEqual(Set(drawn.map { ($0 as NSString).lastPathComponent }), ["2.jpg", "3.jpg"])
    XCTAssertEqual(try essence("r.jsonl").count, 4)
  }

  func testAFullDisk() throws {
    try ImgrecCLI.copies(300, in: folder)
    let disk = file("disk")
    try FileManager.default.createDirectory(at: disk, withIntermediateDirectories: true)
    func mount(_ options: String) throws -> ImgrecCLI.Result {
      try ImgrecCLI.shell("mount -t tmpfs -o \(options) none '\(disk.path)'")
    }
    let mounted = try mount("size=64k")
    try XCTSkipIf(mounted.status != 0, "no small disk can be mounted: \(mounted.err)")
    defer { _ = try? ImgrecCLI.shell("umount '\(disk.path)'") }
    func run(_ flags: String...) throws -> ImgrecCLI.Result {
      try ImgrecCLI.run(["scan", "photos", "-o", "disk/r.jsonl"] + flags + model, folder: folder)
    }
    let full = try run()
    XCTAssertEqual(full.status, 2)
    XCTAssertTrue(full.err.contains("No space left on device"), full.err)
    let written = try data("disk/r.jsonl")
    XCTAssertEqual(written.last, UInt8(ascii: "\n"), "no record is cut")
    XCTAssertTrue((1..<300).contains(try ImgrecCLI.records(written).count))
    XCTAssertEqual(try run("--resume").status, 2, "it is still full")
    XCTAssertEqual(try mount("remount,size=300k").status, 0)
    XCTAssertEqual(try run("--resume").status, 0)
    try assertWhole("disk/r.jsonl")
    // No room for the copy that puts the records in order: all are there, and a warning says what to do.
    try (data("photos/7.jpg") + [0]).write(to: file("photos/7.jpg"))
    let tight = try mount("remount,size=\((try data("disk/r.jsonl").count + 12_000) / 1024)k")
    XCTAssertEqual(tight.status, 0, tight.err)
    let appended = try ImgrecCLI.run(
      ["scan", "photos", "-o", "disk/r.jsonl", "--resume"] + model.dropLast(), folder: folder)
    XCTAssertEqual(appended.status, 0, appended.err)
    XCTAssertTrue(appended.err.contains("--resume again puts them in order"), appended.err)
    XCTAssertEqual(try ImgrecCLI.records(data("disk/r.jsonl")).count, 301)
    XCTAssertEqual(try mount("remount,size=2m").status, 0)
    XCTAssertEqual(try run("--resume").status, 0)
    try assertWhole("disk/r.jsonl")
  }
}
