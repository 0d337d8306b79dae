import Foundation
import TestSupport
import XCTest

/// Runs that are cut short, starved, or fed things that are not images.
final class RunTests: XCTestCase {
  private let model = [
    "--model", ImgrecCLI.fixtures.appendingPathComponent("models/classes.onnx").path, "--cache", "off",
  ]

  private func jpegs() throws -> [URL] {
    try FileManager.default.contentsOfDirectory(
      at: ImgrecCLI.fixtures.appendingPathComponent("images"), includingPropertiesForKeys: nil
    ).filter { $0.pathExtension == "jpg" }.sorted { $0.path < $1.path }
  }

  /// A process that ended before the test had stopped it.
  private struct Ended: Error { var status: Int32 }

  /// The promise of flat memory: what a run needs does not grow with the folder.
  func testMemoryIsTheSameAt200And2000And20000Files() throws {
    var peaks: [Int] = []
    for count in [200, 2_000, 20_000] {
      let folder = try ImgrecCLI.links(count, to: jpegs())
      defer { try? FileManager.default.removeItem(at: folder) }
      let file = folder.appendingPathComponent("summary.txt")
      let result = try ImgrecCLI.run(
        ["scan", folder.path, "-q", "-o", "/dev/null", "--summary", file.path, "--max-batch", "4"] + model)
      XCTAssertEqual(result.status, 0, result.err)
      let summary = try ImgrecCLI.summary(file)
      XCTAssertEqual(summary["ok"] as? Int, count)
      peaks.append(summary["peak_memory_bytes"] as? Int ?? 0)
    }
    XCTAssertLessThan(Double(peaks[2]), 1.1 * Double(peaks[0]) + 4e6, "peaks: \(peaks)")
    XCTAssertLessThan(Double(peaks[2]), 1.1 * Double(peaks[1]) + 4e6, "peaks: \(peaks)")
  }

  /// The list of inputs has no end, so that work is under way whenever the signal arrives.
  func testAnInterruptDrainsAndReports() throws {
    let paths = try jpegs().map(\.path).joined(separator: "\n")
    for signal in [SIGINT, SIGTERM] {
      let folder = try ImgrecCLI.temporaryFolder()
      defer { try? FileManager.default.removeItem(at: folder) }
      let (records, report) = (folder.appendingPathComponent("r.txt"), folder.appendingPathComponent("s.txt"))
      let list = Process()
      list.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      list.arguments = ["yes", paths]
      let pipe = Pipe()
      list.standardOutput = pipe
      list.standardError = FileHandle.nullDevice
      let process = ImgrecCLI.process(
        ["scan", "-", "-q", "-o", records.path, "--summary", report.path, "--cache", "off", "--model"]
          + [ImgrecCLI.instantModel])
      process.standardInput = pipe
      try list.run()
      defer { list.terminate() }
      try process.run()
      try waitUntil("some records are written") {
        guard process.isRunning else { throw Ended(status: process.terminationStatus) }
        return ImgrecCLI.lineCount(records) > 50
      }
      kill(process.processIdentifier, signal)
      process.waitUntilExit()
      XCTAssertEqual(process.terminationStatus, 130)
      let summary = try ImgrecCLI.summary(report)
      XCTAssertEqual(summary["interrupted"] as? Bool, true)
      let count = { (key: String) in summary[key] as? Int ?? -1 }
      XCTAssertEqual(count("inputs"), count("ok") + count("failed") + count("skipped"))
      let lines = try Data(contentsOf: records).split(separator: UInt8(ascii: "\n"))
      XCTAssertEqual(lines.count, count("ok") + count("failed"), "a record for each, none torn")
      for line in lines { XCTAssertNoThrow(try JSONSerialization.jsonObject(with: line)) }
    }
  }

  func testAnInterruptDoesNotWaitForAnOpenStandardInput() throws {
    let folder = try ImgrecCLI.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let records = folder.appendingPathComponent("r.txt")
    let process = ImgrecCLI.process(["scan", "-", "-q", "-o", records.path] + model)
    let input = try HeldInput()
    process.standardInput = input.handle
    try process.run()
    try input.send([try jpegs()[0].path])
    try waitUntil("the only record is written") { ImgrecCLI.lineCount(records) == 1 }
    kill(process.processIdentifier, SIGINT)
    process.waitUntilExit()
    XCTAssertEqual(process.terminationStatus, 130)
  }

  func testAClosedPipeEndsQuietly() throws {
    // A list without an end: nothing else can end the run.
    let image = try jpegs()[0].path
    let result = try ImgrecCLI.shell(
      "yes '\(image)' 2>/dev/null | imgrec scan - --model '\(model[1])' | head -n 1; exit ${PIPESTATUS[1]}")
    XCTAssertEqual(result.status, 0, result.err)
    XCTAssertEqual(result.err, "")
    XCTAssertEqual(try result.records().count, 1)
  }

  func testTheFailureBudgetEndsTheRun() throws {
    let folder = try ImgrecCLI.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    for n in 0..<50 { try Data("text".utf8).write(to: folder.appendingPathComponent("\(n).jpg")) }
    let result = try ImgrecCLI.run(["scan", folder.path, "--max-failures", "10"] + model)
    XCTAssertEqual(result.status, 2)
    XCTAssertTrue(result.err.contains("gave up"), result.err)
    XCTAssertEqual(try ImgrecCLI.run(["scan", folder.path, "--max-failures", "50"] + model).status, 1)
  }

  func testAnUnreadableFileAndFolder() throws {
    let folder = try ImgrecCLI.temporaryFolder()
    defer {
      chmod(folder.appendingPathComponent("locked").path, 0o755)
      try? FileManager.default.removeItem(at: folder)
    }
    let source = try jpegs()[0]
    for name in ["ok.jpg", "secret.jpg", "locked/in.jpg"] {
      let file = folder.appendingPathComponent(name)
      try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try FileManager.default.copyItem(at: source, to: file)
    }
    // The executable and the network come along, as nobody may not reach them where they are.
    for (from, name) in [
      (ImgrecCLI.binary, "imgrec"), (URL(fileURLWithPath: model[1]), "classes.onnx"),
      (URL(fileURLWithPath: model[1]).deletingPathExtension().appendingPathExtension("json"), "classes.json"),
    ] {
      try FileManager.default.copyItem(at: from, to: folder.appendingPathComponent(name))
    }
    chmod(folder.path, 0o755)
    chmod(folder.appendingPathComponent("secret.jpg").path, 0)
    chmod(folder.appendingPathComponent("locked").path, 0)
    let nobody = geteuid() == 0 ? "setpriv --reuid=65534 --regid=65534 --clear-groups" : "env"
    let result = try ImgrecCLI.shell(
      "\(nobody) ./imgrec scan ok.jpg secret.jpg locked --model classes.onnx -q", folder: folder)
    XCTAssertEqual(result.status, 1, result.err)
    let codes = try result.records().map { (($0["error"] as? [String: Any])?["code"] as? String) ?? "ok" }
    XCTAssertEqual(codes, ["ok", "permission_denied", "permission_denied"])
  }

  func testThingsThatAreNotFilesAreNeverOpened() throws {
    let folder = try ImgrecCLI.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    mkfifo(folder.appendingPathComponent("fifo.jpg").path, 0o644)
    try FileManager.default.createSymbolicLink(
      atPath: folder.appendingPathComponent("dangling.jpg").path, withDestinationPath: "nowhere.jpg")
    try FileManager.default.createSymbolicLink(
      atPath: folder.appendingPathComponent("zero.jpg").path, withDestinationPath: "/dev/zero")
    try FileManager.default.createSymbolicLink(
      atPath: folder.appendingPathComponent("loop").path, withDestinationPath: ".")
    let sparse = folder.appendingPathComponent("sparse.jpg")
    _ = FileManager.default.createFile(atPath: sparse.path, contents: nil)
    truncate(sparse.path, 8 << 30)
    _ = FileManager.default.createFile(atPath: folder.appendingPathComponent("empty.jpg").path, contents: nil)
    let result = try ImgrecCLI.run(["scan", ".", "--follow", "-q"] + model, folder: folder)
    XCTAssertEqual(result.status, 1, result.err)
    var codes: [String: String] = [:]
    for record in try result.records() {
      codes[record["path"] as? String ?? "?"] = (record["error"] as? [String: Any])?["code"] as? String
    }
    XCTAssertEqual(codes["./fifo.jpg"], "not_a_file")
    XCTAssertEqual(codes["./dangling.jpg"], "not_found")
    XCTAssertEqual(codes["./zero.jpg"], "not_a_file")
    XCTAssertEqual(codes["./sparse.jpg"], "file_too_large")
    XCTAssertEqual(codes["./empty.jpg"], "empty")
    XCTAssertEqual(codes["./loop"], "link_loop")
  }

  /// Every specimen of Fixtures/damaged has its record or its failure code, and none takes long.
  func testTheDamagedSet() throws {
    let folder = ImgrecCLI.fixtures.appendingPathComponent("damaged")
    let table = try JSONSerialization.jsonObject(
      with: Data(contentsOf: folder.appendingPathComponent("expected.json")))
    let expected = try XCTUnwrap(table as? [String: [String: Any]])
    XCTAssertGreaterThan(expected.count, 20)
    let names = expected.keys.sorted()
    let result = try ImgrecCLI.run(["scan", "-q"] + names + model, folder: folder)
    let records = try result.records()
    XCTAssertEqual(records.map { $0["path"] as? String }, names)
    for record in records {
      let name = try XCTUnwrap(record["path"] as? String)
      let want = try XCTUnwrap(expected[name])
      let code = (record["error"] as? [String: Any])?["code"] as? String
      if want["broken"] != nil {
        XCTAssertTrue(code != nil || record["warnings"] != nil, "\(name) passes for sound")
      } else if let wanted = want["code"] as? String {
        XCTAssertEqual(code, wanted, name)
      } else {
        XCTAssertNil(code, name)
        XCTAssertEqual(record["warnings"] != nil, want["warnings"] as? Bool ?? false, name)
      }
    }
    XCTAssertLessThan(result.cpuSeconds, 20)
  }
}
