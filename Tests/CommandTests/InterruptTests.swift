import Foundation
import RedisTestSupport
import TestSupport
import XCTest

/// Signals: what a run does at the first one, and what the user reads.
final class InterruptTests: XCTestCase {
  private let model = ["--cache", "off", "--model", ImgrecCLI.instantModel]
  private let image = ImgrecCLI.fixtures.appendingPathComponent("images/grey.jpg").path
  private var folder = URL(fileURLWithPath: "/")

  override func setUpWithError() throws { folder = try ImgrecCLI.temporaryFolder() }
  override func tearDown() { try? FileManager.default.removeItem(at: folder) }

  private func file(_ name: String) -> URL { folder.appendingPathComponent(name) }

  private struct Ended { let status: Int32, err: String }

  /// Starts a command that reads the paths of its inputs from standard input; sends one, calls `interrupt` when
  /// `isReady`, and returns how it ended. Without an end of the list, only a signal ends it.
  private func run(
    _ arguments: [String], before words: [String] = [], until isReady: (Process) -> Bool,
    _ interrupt: (Process, HeldInput) throws -> Void
  ) throws -> Ended {
    let process = ImgrecCLI.process(arguments, folder: folder)
    if !words.isEmpty {
      process.arguments = words + [ImgrecCLI.binary.path] + arguments
      process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    }
    let input = try HeldInput()
    let log = file("log")
    _ = FileManager.default.createFile(atPath: log.path, contents: nil)
    process.standardInput = input.handle
    process.standardError = try FileHandle(forWritingTo: log)
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    defer { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
    try input.send([image])
    try waitUntil("the run is under way") { isReady(process) || !process.isRunning }
    try interrupt(process, input)
    try waitUntil("the process has ended") { !process.isRunning }
    return Ended(status: process.terminationStatus, err: try String(contentsOf: log, encoding: .utf8))
  }

  private func hasRecord(_: Process) -> Bool { ImgrecCLI.lineCount(file("r.jsonl")) > 0 }

  func testTheHintIsSeenWhenQuiet() throws {
    for signal in [SIGINT, SIGTERM, SIGHUP] {
      let ended = try run(["scan", "-", "-q", "-o", "r.jsonl"] + model, until: hasRecord) { process, _ in
        kill(process.processIdentifier, signal)
      }
      XCTAssertEqual(ended.status, 130)
      XCTAssertTrue(ended.err.hasPrefix("imgrec: interrupted: the remaining inputs were not processed"), ended.err)
      XCTAssertTrue(ended.err.contains("run it again with --resume"), ended.err)
      XCTAssertEqual(ended.err.split(separator: "\n").count, 1, "nothing else: \(ended.err)")
      try FileManager.default.removeItem(at: file("r.jsonl"))
    }
  }

  func testASIGHUPThatIsIgnoredStaysIgnored() throws {
    let words = ["/bin/sh", "-c", "trap '' HUP; exec \"$@\"", "sh"]
    let ended = try run(["scan", "-", "-q", "-o", "r.jsonl"] + model, before: words, until: hasRecord) {
      process, input in
      kill(process.processIdentifier, SIGHUP)
      try input.send([image])
      input.end()
    }
    XCTAssertEqual(ended.status, 0, ended.err)
    XCTAssertEqual(ImgrecCLI.lineCount(file("r.jsonl")), 2)
  }

  func testAFileBeyondTheLimitIsAWriteError() throws {
    try ImgrecCLI.copies(200, in: folder)
    let command = "imgrec scan photos -q -o r.jsonl --cache off --model '\(ImgrecCLI.instantModel)'"
    let result = try ImgrecCLI.shell("ulimit -f 16; \(command)", folder: folder)
    XCTAssertEqual(result.status, 2, result.err)
    XCTAssertTrue(result.err.contains("cannot write r.jsonl: File too large"), result.err)
    // The first run writes the network, which is larger than the limit.
    XCTAssertEqual(try ImgrecCLI.shell("imgrec upscale photos/0.jpg -o first.png", folder: folder).status, 0)
    let upscaled = try ImgrecCLI.shell("ulimit -f 1; imgrec upscale photos/0.jpg -o large.png", folder: folder)
    XCTAssertEqual(upscaled.status, 1, upscaled.err)
    XCTAssertFalse(FileManager.default.fileExists(atPath: file("large.png").path))
  }

  func testCommandsThatReadAListEndAtOnce() throws {
    func interrupt(_ process: Process, _: HeldInput) { kill(process.processIdentifier, SIGINT) }
    func isSubmitting(to queue: String, _ server: RedisServer) -> (Process) -> Bool {
      { _ in (try? server.cli("exists", "imgrec:queue:{\(queue)}:submitters")) == "1" }
    }
    /// Whether it waits for its three signals: Dispatch has a descriptor for each.
    func handlesSignals(_ process: Process) -> Bool {
      let folder = "/proc/\(process.processIdentifier)/fd"
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      let targets = names.compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\($0)") }
      return targets.count { $0.contains("signalfd") } == 3
    }
    let similar = try run(["similar", "-"], until: handlesSignals, interrupt)
    XCTAssertEqual(similar.status, 130, similar.err)
    XCTAssertTrue(similar.err.contains("interrupted"), similar.err)
    try XCTSkipUnless(RedisServer.isInstalled, RedisServer.hint)
    let server = try RedisServer()
    let queue = ["submit", "-", "--queue", "redis://\(server.address)/photos"] + model
    let submit = try run(queue, until: isSubmitting(to: "photos", server), interrupt)
    XCTAssertEqual(submit.status, 130, submit.err)
    XCTAssertTrue(submit.err.contains("the inputs that are left were not submitted"), submit.err)
    let scan = ["scan", "-", "--queue", "redis://\(server.address)/others"] + model
    let other = try run(scan, until: isSubmitting(to: "others", server), interrupt)
    XCTAssertEqual(other.status, 130, other.err)
  }

  /// A picture of a thousand tiles is not finished, and leaves no file.
  func testAnInterruptedPictureLeavesNoFile() throws {
    let pixels = Data(repeating: 120, count: 4000 * 4000)
    try (Data("P5\n4000 4000\n255\n".utf8) + pixels).write(to: file("large.pgm"))
    let process = ImgrecCLI.process(
      ["upscale", "large.pgm", "-o", "out", "-q", "--tile", "128", "--max-batch", "1"], folder: folder)
    let log = file("log")
    _ = FileManager.default.createFile(atPath: log.path, contents: nil)
    process.standardError = try FileHandle(forWritingTo: log)
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    try waitUntil("the output is open") { FileManager.default.fileExists(atPath: file("out").path) }
    kill(process.processIdentifier, SIGINT)
    process.waitUntilExit()
    XCTAssertEqual(process.terminationStatus, 130)
    let err = try String(contentsOf: log, encoding: .utf8)
    XCTAssertTrue(err.contains("interrupted: 1 image was not processed; run it again with --on-exists skip"), err)
    XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: file("out").path), [])
  }

  func testONNXRuntimeLeavesNothingInTheCacheFolder() throws {
    let cache = file("cache")
    try FileManager.default.createDirectory(at: cache, withIntermediateDirectories: true)
    try FileManager.default.createDirectory(at: file("home"), withIntermediateDirectories: true)
    let data =
      ProcessInfo.processInfo.environment["XDG_DATA_HOME"]
      ?? FileManager.default.homeDirectoryForCurrentUser.appendingPathComponent(".local/share").path
    let result = try ImgrecCLI.run(
      ["scan", image, "-q", "--engine", "onnxruntime"] + model,
      environment: ["XDG_CACHE_HOME": cache.path, "XDG_DATA_HOME": data, "HOME": file("home").path], folder: folder)
    try XCTSkipIf(result.err.contains("engines pull"), "ONNX Runtime is not installed")
    XCTAssertEqual(result.status, 0, result.err)
    XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: cache.path), ["imgrec"])
    XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: file("home").path), [])
  }
}
