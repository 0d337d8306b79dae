import ArgumentParser
import Platform
import Queue
import Redis

/// `imgrec queue`: inspection and maintenance of a queue.
struct QueueCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "queue", abstract: "Inspect a queue, retry its dead letters, or delete it.",
    subcommands: [Status.self, Retry.self, Purge.self])
}

extension RedisQueue {
  /// Sends one request, without retries: a user waits for the answer.
  func send<Value>(_ body: () throws(RedisError) -> Value) throws(SetupError) -> Value {
    do { return try body() } catch { throw SetupError.queue(error) }
  }

  /// Throws the error that ended the use of the queue, if there was one.
  func checkProblem() throws(SetupError) {
    if let problem { throw SetupError.queue(problem) }
  }

  /// Prints a message about the queue on standard error.
  func note(_ message: String, event: RunEvent = .queueWaiting) {
    Console.note("queue \(label): \(message)", event: event)
  }
}
