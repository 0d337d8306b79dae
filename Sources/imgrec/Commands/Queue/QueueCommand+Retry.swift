import ArgumentParser
import Logging
import Queue
import Redis

extension QueueCommand {
  struct Retry: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Put dead letters back into the queue.",
      discussion: "A dead letter whose record was not collected yet waits, so that no item has two records at a time.")
    @OptionGroup var queue: QueueOptions

    func run() throws {
      try ExitStatus.report {
        let queue = try queue.open(Logger(label: "imgrec"))
        let plan = try queue.existing()
        let (requeued, waiting) = try queue.send { () throws(RedisError) in try queue.retry(plan) }
        Console.out("requeued \(requeued); \(waiting) wait until their records are collected")
        return .done
      }
    }
  }
}
