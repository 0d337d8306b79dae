import Foundation
import TestSupport
import XCTest

/// Runs that watch the folder `in` of a folder of their own.
class WatchCase: XCTestCase {
  var folder = URL(fileURLWithPath: "/")
  var running: [Process] = []

  override func setUpWithError() throws {
    folder = try ImgrecCLI.temporaryFolder()
    try FileManager.default.createDirectory(at: file("in"), withIntermediateDirectories: true)
  }

  override func tearDown() {
    for process in running where process.isRunning { kill(process.processIdentifier, SIGKILL) }
    try? FileManager.default.removeItem(at: folder)
  }

  func file(_ name: String) -> URL { folder.appendingPathComponent(name) }

  /// An image whose bytes differ for each number.
  func image(_ number: Int) throws -> Data { try ImgrecCLI.image(number) }

  func write(_ number: Int, to name: String) throws {
    try FileManager.default.createDirectory(
      at: file(name).deletingLastPathComponent(), withIntermediateDirectories: true)
    try image(number).write(to: file(name))
  }

  func move(_ from: String, _ to: String) { XCTAssertEqual(rename(file(from).path, file(to).path), 0) }

  /// Starts a command whose standard error goes to `log`.
  func run(_ arguments: [String], log name: String = "log") throws -> Process {
    _ = FileManager.default.createFile(atPath: file(name).path, contents: nil)
    let process = ImgrecCLI.process(arguments, folder: folder)
    process.standardError = try FileHandle(forWritingTo: file(name))
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    running.append(process)
    return process
  }

  /// Starts a watch of `in`, and waits until it watches.
  func start(_ arguments: [String] = ["-o", "r.jsonl"], settle: String = "200ms", command: String = "scan") throws
    -> Process
  {
    let process = try run(
      [command, "--watch", "in", "--settle", settle, "--cache", "off", "-m", ImgrecCLI.instantModel] + arguments)
    try waitUntil("it watches") { self.log.contains("watching") || !process.isRunning }
    return process
  }

  var log: String { (try? String(contentsOf: file("log"), encoding: .utf8)) ?? "" }

  func stop(_ process: Process, _ signal: Int32 = SIGTERM) {
    kill(process.processIdentifier, signal)
    process.waitUntilExit()
  }

  func records(_ name: String = "r.jsonl") -> [[String: Any]] {
    // The last line may be on its way.
    let data = (try? Data(contentsOf: file(name))) ?? Data()
    let whole = data[..<(data.lastIndex(of: 10).map { $0 + 1 } ?? 0)]
    return (try? ImgrecCLI.records(whole)) ?? []
  }

  func paths(_ name: String = "r.jsonl") -> [String] { records(name).compactMap { $0["path"] as? String } }

  func waitFor(_ expected: [String], line: UInt = #line) throws {
    try waitUntil("records of \(expected)") { Set(self.paths()).isSuperset(of: expected) }
    XCTAssertEqual(paths().sorted(), expected.sorted(), line: line)
  }

  /// Waits so long that a file which settled before has a record.
  func pause() { usleep(900_000) }
}
