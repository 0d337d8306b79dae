import ArgumentParser
import Logging
import Queue
import Redis

extension QueueCommand {
  struct Purge: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Delete a queue with its items, uncollected records and dead letters.")
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
