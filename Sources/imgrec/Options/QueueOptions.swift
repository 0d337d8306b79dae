import ArgumentParser
import Foundation
import Logging
import Platform
import Queue
import Redis

/// Which queue.
struct QueueOptions: ParsableArguments {
  static let forms = "redis://HOST/NAME, redis+cluster://A,B/NAME, redis+sentinel://A,B/SET/NAME"

  @Option(help: .init("The queue: \(forms).", valueName: "url"))
  var queue: String

  // Checked here and not while parsing: the parser's own message would show a password.
  func validate() throws { _ = try Self.url(queue) }

  static func url(_ text: String) throws(ValidationError) -> RedisURL {
    do { return try RedisURL(text, named: true, environment: ProcessInfo.processInfo.environment) } catch {
      throw ValidationError("--queue: \(error)")
    }
  }

  func open(_ logger: Logger) throws(SetupError) -> RedisQueue { try Self.open(queue, logger) }

  static func open(_ text: String, _ logger: Logger) throws(SetupError) -> RedisQueue {
    do { return RedisQueue(try url(text), logger: logger) } catch { throw SetupError(error.message) }
  }
}

extension RedisQueue {
  /// The plan of a queue that has to be there.
  func existing() throws(SetupError) -> QueueManifest {
    let plan: QueueManifest?
    do { plan = try self.plan() } catch { throw SetupError("queue \(label): \(error)") }
    guard let plan else { throw SetupError("there is no queue \(label): imgrec submit makes it") }
    return plan
  }
}

extension ModelOptions {
  /// What every worker of a queue is told, as arguments. Engine and precision are each worker's own affair.
  func queueArguments() throws(SetupError) -> [String] {
    guard head == nil else { throw SetupError("--head does not go with --queue: put a card beside the network") }
    var words: [String] = []
    for name in model { words += ["--model", Self.absolute(name)] }
    if let card { words += ["--card", Self.absolute(card)] }
    if !task.isEmpty { words += ["--task", task.map(\.rawValue).joined(separator: ",")] }
    if let minConfidence { words += ["--min-confidence", "\(minConfidence)"] }
    if let top { words += ["--top", "\(top)"] }
    if let iou { words += ["--iou", "\(iou)"] }
    if let labels { words += ["--labels", labels] }
    return words
  }

  /// A file's name as other folders understand it; the name of a model stays as it is.
  private static func absolute(_ name: String) -> String {
    guard !name.hasPrefix("/"), FileManager.default.fileExists(atPath: name) else { return name }
    return FileManager.default.currentDirectoryPath + "/" + name
  }
}
