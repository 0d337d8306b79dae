import ArgumentParser
import Logging
import Platform
import Queue
import Records
import Redis

extension QueueCommand {
  struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Report the contents of a queue and its workers.")
    @OptionGroup var queue: QueueOptions
    @Flag(help: "Print one JSON object.") var json = false

    func run() throws {
      try ExitStatus.report {
        let queue = try queue.open(Logger(label: "imgrec"))
        let plan = try queue.existing()
        let status = try queue.send { () throws(RedisError) in try queue.status(plan) }
        if json { Console.json(Self.json(status)) } else { Console.out(Self.text(status)) }
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
      lines.append("arguments: \(status.plan.arguments.joined(separator: " "))")
      for worker in status.workers {
        lines.append("worker \(worker.name): holds \(worker.held), last heartbeat \(Int(worker.silent)) s ago")
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
}
