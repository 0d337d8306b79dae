import ArgumentParser
import Foundation
import Logging
import Platform
import Queue
import Redis

/// Selection of a queue.
struct QueueOptions: ParsableArguments {
  static let forms = "redis://HOST/NAME, redis+cluster://A,B/NAME, redis+sentinel://A,B/SET/NAME"

  @Option(help: .init("URL of the queue: \(forms).", valueName: "url"))
  var queue: String

  /// Reads the value of `--queue`. Not in a transform: the parser's own message would show a password.
  static func url(_ text: String) throws(SetupError) -> RedisURL {
    do { return try RedisURL(text, named: true, environment: ProcessInfo.processInfo.environment) } catch {
      throw SetupError.usage("--queue: \(error)", "Type it as \(forms).")
    }
  }

  func open(_ logger: Logger) throws(SetupError) -> RedisQueue { try Self.open(queue, logger) }

  static func open(_ text: String, _ logger: Logger) throws(SetupError) -> RedisQueue {
    RedisQueue(try url(text), logger: logger)
  }
}

extension RedisQueue {
  /// Returns the manifest of a queue that must exist.
  func existing() throws(SetupError) -> QueueManifest {
    let manifest: QueueManifest?
    do { manifest = try self.plan() } catch { throw SetupError.queue(error) }
    guard let manifest else { throw SetupError("queue \(label) does not exist; `imgrec submit` creates it") }
    return manifest
  }
}

extension ModelOptions {
  /// Returns the options that every worker of a queue uses, as arguments. Engine and precision are not among them: each
  /// worker chooses its own.
  func queueArguments() -> [String] {
    var arguments: [String] = []
    for name in model { arguments += ["--model", Self.absolute(name)] }
    if let card { arguments += ["--card", Self.absolute(card)] }
    if !task.isEmpty { arguments += ["--task", task.map(\.rawValue).joined(separator: ",")] }
    if let minConfidence { arguments += ["--min-confidence", "\(minConfidence)"] }
    if let top { arguments += ["--top", "\(top)"] }
    if let iou { arguments += ["--iou", "\(iou)"] }
    if allOrientations { arguments.append("--all-orientations") }
    if !labels.isEmpty { arguments += ["--labels", labels.joined(separator: ",")] }
    return arguments
  }

  /// Returns the absolute path of a file that exists; the name of a model is returned unchanged.
  private static func absolute(_ name: String) -> String {
    guard !name.hasPrefix("/"), FileManager.default.fileExists(atPath: name) else { return name }
    return FileManager.default.currentDirectoryPath + "/" + name
  }
}
