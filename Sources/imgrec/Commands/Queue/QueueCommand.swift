import ArgumentParser
import Logging
import Platform
import Queue
import Records
import Redis

/// `imgrec queue`: looks after a queue.
struct QueueCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "queue", abstract: "Tells what is in a queue, tries dead letters again, deletes a queue.",
    subcommands: [Status.self, Retry.self, Purge.self])

  struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Tells what is in a queue, and who works on it.")
    @OptionGroup var queue: QueueOptions
    @Flag(help: "Print one JSON object.") var json = false

    func run() throws {
      try ExitStatus.report {
        let queue = try queue.open(Logger(label: "imgrec"))
        let plan = try queue.existing()
        let status = try queue.send { () throws(RedisError) in try queue.status(plan) }
        print(json ? Self.json(status) : Self.text(status))
        return .done
      }
    }

    private static func numbers(_ status: QueueStatus) -> [(String, Int)] {
      [
        ("waiting", status.waiting), ("held", status.held), ("done", status.done), ("dead", status.dead),
        ("submitted", status.submitted), ("finished", status.finished), ("collected", status.collected),
        ("submitters", status.submitters), ("shards", status.plan.shards),
      ]
    }

    private static func text(_ status: QueueStatus) -> String {
      var lines = numbers(status).map { "\($0): \($1)" }
      lines.append("asked: \(status.plan.arguments.joined(separator: " "))")
      for worker in status.workers {
        lines.append("worker \(worker.name): holds \(worker.held), heard of \(Int(worker.silent)) s ago")
      }
      return lines.joined(separator: "\n")
    }

    private static func json(_ status: QueueStatus) -> String {
      var json = JSONWriter()
      json.beginObject()
      for (name, number) in numbers(status) {
        json.key(name)
        json.number(number)
      }
      json.key("arguments")
      json.beginArray()
      for argument in status.plan.arguments { json.string(argument) }
      json.endArray()
      json.key("workers")
      json.beginArray()
      for worker in status.workers {
        json.beginObject()
        json.key("name")
        json.string(worker.name)
        json.key("held")
        json.number(worker.held)
        json.key("silent_seconds")
        json.number(worker.silent, decimals: 1)
        json.endObject()
      }
      json.endArray()
      json.endObject()
      return json.out.text
    }
  }

  struct Retry: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Puts dead letters back into the queue.",
      discussion: "One whose record was not collected yet stays, so that no item has two records at a time.")
    @OptionGroup var queue: QueueOptions

    func run() throws {
      try ExitStatus.report {
        let queue = try queue.open(Logger(label: "imgrec"))
        let plan = try queue.existing()
        let (back, left) = try queue.send { () throws(RedisError) in try queue.retry(plan) }
        print("\(back) went back, \(left) stay until their records are collected")
        return .done
      }
    }
  }

  struct Purge: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Deletes a queue: items, records that nobody collected, dead letters.")
    @OptionGroup var queue: QueueOptions

    func run() throws {
      try ExitStatus.report {
        let queue = try queue.open(Logger(label: "imgrec"))
        let plan = try queue.existing()
        try queue.send { () throws(RedisError) in try queue.purge(plan) }
        return .done
      }
    }
  }
}

extension RedisQueue {
  /// One question, by a person who waits for the answer.
  func send<Value>(_ body: () throws(RedisError) -> Value) throws(SetupError) -> Value {
    do { return try body() } catch { throw SetupError("queue \(label): \(error)") }
  }

  func note(_ message: String) { Console.note("queue \(label): \(message)") }
}
