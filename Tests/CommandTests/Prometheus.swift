import Foundation
import RedisTestSupport
import TestSupport
import XCTest

/// Debian's Prometheus on a free port, with its data in a folder of its own.
final class Prometheus {
  let port = RedisServer.freePort()
  private let folder: URL
  private let process = Process()

  private static let paths = ["/usr/bin", "/usr/local/bin"]

  private static func executable(_ name: String) throws -> URL {
    for folder in paths where FileManager.default.isExecutableFile(atPath: "\(folder)/\(name)") {
      return URL(fileURLWithPath: "\(folder)/\(name)")
    }
    throw XCTSkip("\(name) is not installed; make test installs it")
  }

  /// Starts a server that asks `targets`, ports on this machine, once a second.
  ///
  /// Skips the test where Prometheus is not installed.
  init(targets: [Int], rules: URL? = nil) throws {
    folder = try ImgrecCLI.temporaryFolder()
    let configuration = folder.appendingPathComponent("prometheus.yml")
    let list = targets.map { "'127.0.0.1:\($0)'" }.joined(separator: ", ")
    let files = rules.map { "rule_files: ['\($0.path)']\n" } ?? ""
    try """
    global: {scrape_interval: 1s, evaluation_interval: 1s}
    \(files)scrape_configs:
      - job_name: imgrec
        static_configs: [{targets: [\(list)]}]
    """.write(to: configuration, atomically: true, encoding: .utf8)
    process.executableURL = try Self.executable("prometheus")
    process.arguments = [
      "--config.file=\(configuration.path)", "--storage.tsdb.path=\(folder.path)/data",
      "--web.listen-address=127.0.0.1:\(port)", "--log.level=error",
    ]
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    try waitUntil("Prometheus is ready") {
      guard process.isRunning else { throw XCTSkip("prometheus cannot be started") }
      return (try? HTTPAnswer(of: "/-/ready", port: port).status) == 200
    }
  }

  deinit {
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    process.waitUntilExit()
    try? FileManager.default.removeItem(at: folder)
  }

  /// The result of an instant query: labels and value of each series.
  func query(_ expression: String) throws -> [(labels: [String: String], value: Double)] {
    var allowed = CharacterSet.alphanumerics
    allowed.insert(charactersIn: "-_.~")
    let text = expression.addingPercentEncoding(withAllowedCharacters: allowed) ?? ""
    let answer = try HTTPAnswer(of: "/api/v1/query?query=\(text)", port: port)
    let object = try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any]
    guard object?["status"] as? String == "success", let data = object?["data"] as? [String: Any] else {
      throw QueryFailure(expression: expression, answer: answer.body)
    }
    return (data["result"] as? [[String: Any]] ?? []).compactMap { series in
      guard let value = (series["value"] as? [Any])?.last as? String else { return nil }
      return (series["metric"] as? [String: String] ?? [:], Double(value) ?? .nan)
    }
  }

  struct QueryFailure: Error { let expression, answer: String }

  /// The value of a query with one series.
  func value(_ expression: String) throws -> Double? {
    let result = try query(expression)
    return result.count == 1 ? result[0].value : nil
  }

  /// Runs promtool; returns its status, and what it prints.
  ///
  /// Skips the test where it is not installed.
  static func promtool(_ arguments: [String], input: String? = nil, folder: URL? = nil) throws -> (
    status: Int32, text: String
  ) {
    let scratch = try ImgrecCLI.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: scratch) }
    let (read, written) = (scratch.appendingPathComponent("in"), scratch.appendingPathComponent("out"))
    try Data((input ?? "").utf8).write(to: read)
    _ = FileManager.default.createFile(atPath: written.path, contents: nil)
    let process = Process()
    process.executableURL = try executable("promtool")
    process.arguments = arguments
    process.standardInput = try FileHandle(forReadingFrom: read)
    let output = try FileHandle(forWritingTo: written)
    process.standardOutput = output
    process.standardError = output
    if let folder { process.currentDirectoryURL = folder }
    try process.run()
    process.waitUntilExit()
    return (process.terminationStatus, try String(contentsOf: written, encoding: .utf8))
  }
}
