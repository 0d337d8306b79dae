import Foundation
import RedisTestSupport
import TestSupport
import XCTest

/// Processes that work on a queue, for the tests of its commands.
class QueueCommandTestCase: XCTestCase {
  let model = ["--model", ImgrecCLI.instantModel]
  private(set) var folder = URL(fileURLWithPath: "/")
  private var started: [Process] = []

  override func setUpWithError() throws {
    guard RedisServer.isInstalled else { throw XCTSkip(RedisServer.hint) }
    folder = try ImgrecCLI.temporaryFolder()
  }

  override func tearDown() {
    for process in started where process.isRunning { kill(process.processIdentifier, SIGKILL) }
    try? FileManager.default.removeItem(at: folder)
  }

  func photos(_ count: Int) throws {
    let source = try Data(contentsOf: ImgrecCLI.fixtures.appendingPathComponent("images/grey.jpg"))
    let photos = folder.appendingPathComponent("photos")
    try FileManager.default.createDirectory(at: photos, withIntermediateDirectories: true)
    for n in 0..<count { try source.write(to: photos.appendingPathComponent("\(n).jpg")) }
  }

  func run(_ arguments: String...) throws -> ImgrecCLI.Result { try ImgrecCLI.run(arguments, folder: folder) }

  func start(_ arguments: [String], output: FileHandle = .nullDevice) throws -> Process {
    let process = ImgrecCLI.process(arguments, folder: folder)
    process.standardOutput = output
    let log = folder.appendingPathComponent("log.\(started.count)")
    _ = FileManager.default.createFile(atPath: log.path, contents: nil)
    process.standardError = try FileHandle(forWritingTo: log)
    try process.run()
    started.append(process)
    return process
  }

  func worker(_ url: String, _ more: String...) throws -> Process {
    try start(["worker", "--queue", url, "--cache", "off", "--lease", "1"] + more)
  }

  /// The standard error of the `n`-th process that `start` has started.
  func logged(_ n: Int) -> String {
    (try? String(contentsOf: folder.appendingPathComponent("log.\(n)"), encoding: .utf8)) ?? ""
  }

  // MARK: Permissions of workers

  /// Commands that Redis permits, by which a worker stays in the state that the test needs, however fast it is.
  enum Permission {
    case all
    /// Workers lease items and cannot finish them.
    case takingOnly
    /// Workers finish the items that they have leased, and lease no others.
    case finishingOnly
  }

  func permit(_ permission: Permission, _ server: RedisServer) throws {
    let rules =
      switch permission {
      case .all: ["allkeys", "+@all"]
      // The script that finishes items is the only one of a worker or a collector that names the key "dead".
      case .takingOnly:
        ["+@all", "resetkeys"]
          + ["meta", "submitters", "todo", "done", "known", "counts", "collector"].map { "~*:\($0)" }
      case .finishingOnly: ["allkeys", "+@all", "-xreadgroup", "-xclaim"]
      }
    let answer = try RedisServer.cli(["-p", "\(server.port)", "acl", "setuser", "default"] + rules)
    XCTAssertEqual(answer, "OK")
  }

  static let todo = "imgrec:queue:{photos:0}:todo"

  /// The entries of the stream that `worker` has leased and not finished.
  func entries(of worker: Process, _ server: RedisServer) throws -> [String] {
    // Lines of redis-cli, four for each entry: its number, the consumer, milliseconds without a heartbeat, deliveries.
    let lines = try server.cli("xpending", Self.todo, "imgrec", "-", "+", "10000").split(separator: "\n")
    return stride(from: 0, to: lines.count - 3, by: 4)
      .filter { lines[$0 + 1].contains("-\(worker.processIdentifier)-") }.map { String(lines[$0]) }
  }

  /// Items that are finished since the queue was made.
  func finished(_ server: RedisServer) throws -> Int {
    Int(try server.cli("hget", "imgrec:queue:{photos:0}:counts", "finished")) ?? 0
  }
}
