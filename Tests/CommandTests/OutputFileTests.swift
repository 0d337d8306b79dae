import Foundation
import TestSupport
import XCTest

/// Outputs of one file: none falls on an input, on another output or on a file of the user's.
final class OutputFileTests: XCTestCase {
  private let model = ["--model", ImgrecCLI.instantModel, "--cache", "off", "-q"]
  private var folder = URL(fileURLWithPath: "/")

  override func setUpWithError() throws {
    folder = try ImgrecCLI.temporaryFolder()
    try ImgrecCLI.copies(3, in: folder)
    try Data("remember the milk\n".utf8).write(to: file("notes.txt"))
    try Data("photos/0.jpg\nphotos/2.jpg\n".utf8).write(to: file("list"))
  }

  override func tearDown() { try? FileManager.default.removeItem(at: folder) }

  private func file(_ name: String) -> URL { folder.appendingPathComponent(name) }

  private func scan(_ arguments: String...) throws -> ImgrecCLI.Result {
    try ImgrecCLI.run(["scan"] + arguments + model, folder: folder)
  }

  /// The files of the folder with their contents.
  private func contents() throws -> [String: Data] {
    var found: [String: Data] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: folder.path) {
      found[name] = try? Data(contentsOf: file(name))
    }
    return found
  }

  /// Runs a scan that must be refused before it starts, with `reason`, and must change and leave nothing.
  private func assertRefused(_ arguments: [String], _ reason: String, status: Int32 = 2, line: UInt = #line) throws {
    let before = try contents()
    let result = try ImgrecCLI.run(["scan"] + arguments + model, folder: folder)
    XCTAssertEqual(result.status, status, "\(arguments) \(result.err)", line: line)
    XCTAssertTrue(result.err.contains(reason), "\(arguments) \(result.err)", line: line)
    XCTAssertEqual(try contents(), before, "\(arguments)", line: line)
  }

  func testNoOutputFallsOnAnInput() throws {
    try FileManager.default.createSymbolicLink(atPath: file("link").path, withDestinationPath: "photos/1.jpg")
    try FileManager.default.linkItem(at: file("photos/1.jpg"), to: file("hard"))
    try Data().write(to: file("empty.jpg"))
    for flag in ["-o", "--summary", "--metrics"] {
      for permission in [[], ["--on-exists", "overwrite"]] {
        let images = ["photos/0.jpg", "photos/1.jpg"]
        try assertRefused(images + [flag, "photos/1.jpg"] + permission, "an input of this run")
        try assertRefused(images + [flag, "photos/../link"] + permission, "an input of this run")
        try assertRefused(images + [flag, "hard"] + permission, "an input of this run")
        try assertRefused(["empty.jpg", flag, "empty.jpg"] + permission, "an input of this run")
        try assertRefused(["photos", flag, "photos/1.jpg"] + permission, "of the folder photos")
        // The ending of a picture is refused too, without a format.
        try assertRefused([".", "--format", "jsonl", flag, "photos/new.png"] + permission, "of the folder .")
        try assertRefused(["--files-from", "list", flag, "list"] + permission, "a list of inputs")
      }
      try assertRefused(
        ["--files-from", "list", flag, "photos/2.jpg", "--on-exists", "overwrite"], "an input of this run")
      // The shell's "scan -o *.jpg".
      try assertRefused([flag, "photos/0.jpg", "photos/1.jpg", "photos/2.jpg"], "an image (jpeg)")
    }
  }

  func testAListOnStandardInputIsNotWrittenOver() throws {
    let result = try ImgrecCLI.shell(
      "imgrec scan - -o list --on-exists overwrite \(model.joined(separator: " ")) < list", folder: folder)
    XCTAssertEqual(result.status, 2)
    XCTAssertTrue(result.err.contains("standard input"), result.err)
    XCTAssertEqual(try String(contentsOf: file("list"), encoding: .utf8), "photos/0.jpg\nphotos/2.jpg\n")
  }

  func testAFileOfTheUsersIsReplacedOnlyByTheFlag() throws {
    for flag in ["-o", "--summary", "--metrics"] {
      try assertRefused(["photos", flag, "notes.txt"], "notes.txt exists and seems to be text")
      for policy in ["skip", "rename"] {
        try assertRefused(["photos", flag, "notes.txt", "--on-exists", policy], "--on-exists overwrite", status: 64)
      }
    }
    try assertRefused(["photos", "--dry-run", "-o", "notes.txt"], "seems to be text")
    XCTAssertEqual(try scan("photos", "-o", "notes.txt", "--on-exists", "overwrite").status, 0)
    XCTAssertEqual(try ImgrecCLI.records(Data(contentsOf: file("notes.txt"))).count, 3)
  }

  func testOwnEarlierOutputsAreReplaced() throws {
    for format in ["jsonl", "json", "csv", "coco"] {
      let network = format == "coco" ? ImgrecCLI.instantDetector + ["--cache", "off", "-q"] : model
      func run(_ arguments: String...) throws -> ImgrecCLI.Result {
        try ImgrecCLI.run(["scan"] + arguments + ["-o", "r", "--format", format] + network, folder: folder)
      }
      for _ in 0..<2 {
        let result = try run("photos", "--summary", "s", "--metrics", "m")
        XCTAssertEqual(result.status, 0, result.err)
      }
      XCTAssertEqual(try run("list").status, 1, "a file without a sound record")
      XCTAssertEqual(try run("photos").status, 0)
    }
    try assertRefused(["photos", "-o", "s"], "seems to be a summary")
    try assertRefused(["photos", "--summary", "r"], "seems to be records")
    try assertRefused(["photos", "--metrics", "s"], "seems to be a summary")
    try assertRefused(["photos", "-o", "r", "--dry-run"], "seems to be records")
    // What cannot be recognised is the user's.
    XCTAssertEqual(try scan("photos", "-o", "table", "--format", "table").status, 0)
    try assertRefused(["photos", "-o", "table", "--format", "table"], "seems to be text")
    try Data().write(to: file("touched"))
    XCTAssertEqual(try scan("photos", "-o", "touched").status, 0)
    XCTAssertEqual(try scan("photos", "-o", "/dev/null", "--summary", "/dev/null").status, 0)
  }

  func testTwoOutputsAreNotOneFile() throws {
    try assertRefused(["photos", "-o", "new", "--summary", "./new"], "-o and --summary name the same file")
    try assertRefused(["photos", "--summary", "new", "--metrics", "photos/../new"], "--summary and --metrics")
    XCTAssertEqual(try scan("photos", "-o", "r").status, 0)
    try FileManager.default.createSymbolicLink(atPath: file("link").path, withDestinationPath: "r")
    try assertRefused(["photos", "-o", "r", "--metrics", "link"], "-o and --metrics name the same file")
    let redirected = try ImgrecCLI.shell(
      "imgrec scan photos --summary out \(model.joined(separator: " ")) > out", folder: folder)
    XCTAssertEqual(redirected.status, 2)
    XCTAssertTrue(redirected.err.contains("to which the records go"), redirected.err)
  }

  func testAPathThatCannotBeWrittenIsAnErrorAtTheStart() throws {
    for flag in ["-o", "--summary", "--metrics"] {
      try assertRefused(["photos", flag, "none/file"], "cannot write none/file")
      try assertRefused(["photos", flag, "photos"], "cannot write photos")
    }
    try assertRefused(["photos", "-o", "new", "--summary", "none/s"], "cannot write none/s")
    // A run that cannot start leaves neither a new file nor an empty old one.
    XCTAssertEqual(try scan("photos", "-o", "r").status, 0)
    for name in ["r", "new"] {
      let before = try contents()
      XCTAssertEqual(try scan("photos", "-o", name, "--model", "no_such_model").status, 2)
      XCTAssertEqual(try contents(), before)
    }
  }

  func testALinkIsFollowed() throws {
    for name in ["r", "s"] {
      try FileManager.default.createSymbolicLink(atPath: file("to-\(name)").path, withDestinationPath: name)
    }
    for _ in 0..<2 { XCTAssertEqual(try scan("photos", "-o", "to-r", "--summary", "to-s").status, 0) }
    for name in ["r", "s"] {
      XCTAssertEqual(try FileManager.default.destinationOfSymbolicLink(atPath: file("to-\(name)").path), name)
      XCTAssertGreaterThan(try Data(contentsOf: file(name)).count, 100)
    }
  }

  func testStandardOutputByItsPath() throws {
    let result = try ImgrecCLI.shell(
      "{ echo begin; imgrec scan photos -o /dev/stdout --summary /dev/stdout \(model.joined(separator: " ")); } > out",
      folder: folder)
    XCTAssertEqual(result.status, 0, result.err)
    let lines = try String(contentsOf: file("out"), encoding: .utf8).split(separator: "\n")
    XCTAssertEqual(lines.first, "begin")
    XCTAssertEqual(lines.dropFirst().filter { $0.hasPrefix("{\"schema\":\"imgrec/1\"") }.count, 3)
    XCTAssertTrue(lines.last?.hasPrefix("{\"schema\":\"imgrec-summary/1\"") ?? false)
    XCTAssertEqual(lines.count, 5)
  }

  func testOneFileHasOneWriter() throws {
    let process = ImgrecCLI.process(["scan", "-", "-o", "r.jsonl"] + model, folder: folder)
    let input = try HeldInput()
    process.standardInput = input.handle
    try process.run()
    try input.send(["photos/0.jpg"])
    try waitUntil("its first record is written") { ImgrecCLI.lineCount(file("r.jsonl")) == 1 }
    for flags in [[], ["--resume"], ["--on-exists", "overwrite"]] {
      try assertRefused(["photos", "-o", "r.jsonl"] + flags, "r.jsonl is being written by another imgrec")
    }
    try input.send(["photos/1.jpg", "photos/2.jpg"])
    input.end()
    process.waitUntilExit()
    XCTAssertEqual(process.terminationStatus, 0)
    XCTAssertEqual(try ImgrecCLI.records(Data(contentsOf: file("r.jsonl"))).count, 3)
  }

  func testRecordsOfUpscaleFollowTheSameRules() throws {
    func refused(_ arguments: String..., reason: String, status: Int32 = 2) throws {
      let before = try contents()
      let result = try ImgrecCLI.run(["upscale"] + arguments, folder: folder)
      XCTAssertEqual(result.status, status, result.err)
      XCTAssertTrue(result.err.contains(reason), result.err)
      XCTAssertEqual(try contents(), before)
    }
    try refused(
      "photos/0.jpg", "-o", "out", "--records", "photos/0.jpg", reason: "writes JSON Lines, and no jpg", status: 64)
    try refused("photos/0.jpg", "-o", "out", "--records", "notes.txt", reason: "seems to be text")
    try refused("photos/0.jpg", "-o", "out.png", "--records", "out.png", reason: "the picture of this run")
    try refused("photos/0.jpg", "-o", "out.png", "--summary", "photos/0.jpg", reason: "an input of this run")
    try refused("photos/0.jpg", "-o", "out.png", "--records", "r", "--metrics", "r", reason: "name the same file")
  }

  func testAnArrayIsNotWrittenOver() throws {
    let embed = ["photos/0.jpg", "--task", "embed", "--npy"]
    func refused(_ name: String, _ flags: [String], _ reason: String) throws {
      let before = try contents()
      let result = try ImgrecCLI.run(["scan", "-q"] + embed + [name] + flags, folder: folder)
      XCTAssertEqual(result.status, 2, result.err)
      XCTAssertTrue(result.err.contains(reason), result.err)
      XCTAssertEqual(try contents(), before)
    }
    try refused("photos/0.jpg", ["--on-exists", "overwrite"], "an input of this run")
    try refused("notes.txt", [], "seems to be text")
    try refused("r", ["-o", "r"], "-o and --npy name the same file")
    try refused("v.npy", ["--metrics", "v.npy"], "--npy and --metrics name the same file")
    try Data([0x93] + Array("NUMPY".utf8) + [1, 0]).write(to: file("old.npy"))
    try refused("old.npy", [], "seems to be a NumPy array")
  }
}
