import Foundation
import TestSupport
import XCTest

/// A command with `--listen 0` that runs until the test ends it.
final class MonitoredRun {
  let process: Process
  private let log: URL
  /// The port on which it serves its metrics.
  private(set) var port = 0

  /// Starts the command in `folder`, and waits until it serves.
  init(
    _ arguments: [String], folder: URL, input: FileHandle = .nullDevice, output: FileHandle = .nullDevice,
    environment: [String: String] = [:]
  ) throws {
    process = ImgrecCLI.process(arguments + ["--listen", "0"], environment: environment, folder: folder)
    log = folder.appendingPathComponent("log-\(UUID().uuidString)")
    _ = FileManager.default.createFile(atPath: log.path, contents: nil)
    process.standardError = try FileHandle(forWritingTo: log)
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    try waitUntil("\(arguments[0]) serves its metrics") {
      guard process.isRunning || logged.contains("metrics at") else { throw StartFailure(log: logged) }
      guard let start = logged.range(of: "http://127.0.0.1:"), let end = logged.range(of: "/metrics\n") else {
        return false
      }
      port = Int(logged[start.upperBound..<end.lowerBound]) ?? 0
      return port > 0
    }
  }

  deinit {
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
  }

  /// The command ended before it served.
  struct StartFailure: Error { let log: String }

  /// What it has written to standard error.
  var logged: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }

  func get(_ target: String, accept: String? = nil) throws -> HTTPAnswer {
    try HTTPAnswer(of: target, port: port, accept: accept)
  }

  /// The value of a sample of /metrics; nil if the page lacks it.
  func value(_ sample: String) throws -> Double? { Self.value(sample, in: try get("/metrics").body) }

  static func value(_ sample: String, in page: String) -> Double? {
    page.split(separator: "\n").first { $0.hasPrefix(sample + " ") }.flatMap { Double($0.dropFirst(sample.count + 1)) }
  }

  /// The families of a page, by their names.
  static func families(_ page: String) -> Set<String> {
    Set(page.split(separator: "\n").filter { $0.hasPrefix("# TYPE ") }.map { String($0.split(separator: " ")[2]) })
  }

  /// Sends SIGTERM and returns the exit status.
  func terminate() -> Int32 {
    process.terminate()
    process.waitUntilExit()
    return process.terminationStatus
  }
}
