import Foundation
import TestSupport
import XCTest

/// The real executable, run as a user runs it.
struct ImgrecCLI {
  struct Result {
    var status: Int32
    var out: Data
    var err: String
    /// Processor time of the process and of its children.
    var cpuSeconds: Double

    var text: String { String(decoding: out, as: UTF8.self) }

    /// The records of a JSON Lines output.
    func records(file: StaticString = #filePath, line: UInt = #line) throws -> [[String: Any]] {
      try ImgrecCLI.records(out, file: file, line: line)
    }
  }

  /// The records of JSON Lines.
  static func records(_ lines: Data, file: StaticString = #filePath, line: UInt = #line) throws -> [[String: Any]] {
    try lines.split(separator: UInt8(ascii: "\n")).map { row in
      try XCTUnwrap(JSONSerialization.jsonObject(with: row) as? [String: Any], file: file, line: line)
    }
  }

  /// The number of finished lines in `file`; 0 if there is no such file.
  static func lineCount(_ file: URL) -> Int {
    ((try? Data(contentsOf: file)) ?? Data()).count { $0 == UInt8(ascii: "\n") }
  }

  static let root = Checkout.root
  static let fixtures = Checkout.fixtures

  /// A network that takes no time (the mean of each channel), for tests that need no particular answer.
  static let instantModel = fixtures.appendingPathComponent("models/mean.onnx").path

  /// The arguments of a network that finds four boxes in every image, for tests that need objects.
  static let instantDetector = [
    "-m", fixtures.appendingPathComponent("models/four_boxes.onnx").path, "--head", "yolov8",
  ]

  /// `make test` names the release build; a plain `swift test` takes the debug one beside the tests.
  static let binary: URL =
    ProcessInfo.processInfo.environment["IMGREC_BINARY"].map(URL.init(fileURLWithPath:))
    ?? root.appendingPathComponent(".build/debug/imgrec")

  /// Where the tests keep pulled models, over all runs.
  static let models: URL =
    ProcessInfo.processInfo.environment["IMGREC_TEST_MODELS"].map(URL.init(fileURLWithPath:))
    ?? FileManager.default.homeDirectoryForCurrentUser.appendingPathComponent(".cache/imgrec-dev/models")

  /// The demo's photos.
  ///
  /// Skips the test where they could not be fetched.
  static func photos() throws -> URL {
    let folder =
      (ProcessInfo.processInfo.environment["IMGREC_PHOTOS"].map(URL.init(fileURLWithPath:))
      ?? FileManager.default.homeDirectoryForCurrentUser.appendingPathComponent(".cache/imgrec-dev/photos"))
      .appendingPathComponent("demo")
    guard FileManager.default.fileExists(atPath: folder.appendingPathComponent("zidane.jpg").path) else {
      throw XCTSkip("the demo's photos are not here (make photos)")
    }
    return folder
  }

  /// Makes sure of a model through imgrec's own `models pull`.
  ///
  /// Skips the test where there is no network.
  static func pull(_ names: String...) throws {
    for name in names {
      if try run(["models", "path", name]).status == 0 { continue }
      let result = try run(["models", "pull", name])
      guard result.status == 0 else { throw XCTSkip("\(name) cannot be pulled: \(result.err)") }
    }
  }

  /// The summary that a run wrote with `--summary`.
  static func summary(_ file: URL) throws -> [String: Any] {
    try XCTUnwrap(JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
  }

  private static let caches = FileManager.default.temporaryDirectory.appendingPathComponent(
    "imgrec-cache-\(UUID().uuidString)")

  static func environment(_ more: [String: String] = [:]) -> [String: String] {
    var environment = ProcessInfo.processInfo.environment
    environment["IMGREC_MODELS"] = models.path
    // Results that were kept would answer in place of what is tested; a test that wants them has a folder of its own.
    environment["XDG_CACHE_HOME"] = caches.path
    return environment.merging(more) { $1 }
  }

  static func process(_ arguments: [String], environment more: [String: String] = [:], folder: URL? = nil) -> Process {
    let process = Process()
    process.executableURL = binary
    process.arguments = arguments
    process.environment = environment(more)
    if let folder { process.currentDirectoryURL = folder }
    return process
  }

  @discardableResult
  static func run(
    _ arguments: [String], input: Data? = nil, environment: [String: String] = [:], folder: URL? = nil
  ) throws -> Result {
    try finish(process(arguments, environment: environment, folder: folder), input: input)
  }

  /// Runs a shell line in which `imgrec` is the executable.
  static func shell(_ line: String, folder: URL? = nil, environment more: [String: String] = [:]) throws -> Result {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = ["-c", "imgrec() { '\(binary.path)' \"$@\"; }; \(line)"]
    process.environment = environment(more)
    if let folder { process.currentDirectoryURL = folder }
    return try finish(process)
  }

  private static func finish(_ process: Process, input: Data? = nil) throws -> Result {
    // Files, not pipes: nothing that the process writes can block it.
    let scratch = try temporaryFolder()
    defer { try? FileManager.default.removeItem(at: scratch) }
    let (out, err) = (scratch.appendingPathComponent("out"), scratch.appendingPathComponent("err"))
    for file in [out, err] { _ = FileManager.default.createFile(atPath: file.path, contents: nil) }
    process.standardOutput = try FileHandle(forWritingTo: out)
    process.standardError = try FileHandle(forWritingTo: err)
    if let input {
      let file = scratch.appendingPathComponent("in")
      try input.write(to: file)
      process.standardInput = try FileHandle(forReadingFrom: file)
    } else {
      process.standardInput = FileHandle.nullDevice
    }
    let cpuSeconds = CPUTime.childSeconds
    try process.run()
    // A process that hangs fails the test, which then has -9 for its status.
    let watchdog = DispatchWorkItem { [pid = process.processIdentifier] in kill(pid, SIGKILL) }
    DispatchQueue.global().asyncAfter(deadline: .now() + 600, execute: watchdog)
    process.waitUntilExit()
    watchdog.cancel()
    return Result(
      status: process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus,
      out: try Data(contentsOf: out), err: try String(contentsOf: err, encoding: .utf8),
      cpuSeconds: CPUTime.childSeconds - cpuSeconds)
  }

  static func temporaryFolder() throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("imgrec-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder
  }

  /// One small image with a comment, and therefore a digest, of its own for each number.
  static func image(_ number: Int) throws -> Data {
    let source = try Data(contentsOf: fixtures.appendingPathComponent("images/grey.jpg"))
    let text = Array("\(100_000 + number)".utf8)
    return source.prefix(2) + [0xff, 0xfe, 0, UInt8(text.count + 2)] + text + source.dropFirst(2)
  }

  /// Writes copies of one small image into `folder`/photos, each with a comment and therefore a digest of its own.
  static func copies(_ count: Int, in folder: URL) throws {
    let photos = folder.appendingPathComponent("photos")
    try FileManager.default.createDirectory(at: photos, withIntermediateDirectories: true)
    for n in 0..<count { try image(n).write(to: photos.appendingPathComponent("\(n).jpg")) }
  }

  /// Waits until a store trusts the stamps of files that were written just now.
  ///
  /// A fixed time, because `FileStamp.isRacy` trusts no change of the last two seconds, and no system call sets the
  /// time of a change back.
  static func settle() { usleep(2_100_000) }

  /// Records without what may differ from run to run, each as JSON with sorted keys.
  static func essence(_ records: [[String: Any]]) throws -> [Data] {
    try records.map { record in
      var record = record
      record["ms"] = nil
      record["cache"] = nil
      return try JSONSerialization.data(withJSONObject: record, options: .sortedKeys)
    }
  }

  /// A folder with `count` links to the files of `source`, as many of each.
  static func links(_ count: Int, to sources: [URL]) throws -> URL {
    let folder = try temporaryFolder()
    for n in 0..<count {
      let source = sources[n % sources.count]
      try FileManager.default.createSymbolicLink(
        at: folder.appendingPathComponent("\(n).\(source.pathExtension)"), withDestinationURL: source)
    }
    return folder
  }
}
