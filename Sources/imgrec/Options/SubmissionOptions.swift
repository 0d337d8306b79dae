import ArgumentParser
import Platform
import Queue

/// How images go into a queue.
struct SubmissionOptions: ParsableArguments {
  @Option(
    help: .init("Send images of up to this size as bytes; larger ones go as paths.", valueName: "size"),
    transform: ArgumentParsing.bytes)
  var inline: Int?

  @Option(
    help: .init(
      "Items in the queue at most, uncollected results included; then submitting waits (default: 1000000).",
      valueName: "n"), transform: ArgumentParsing.count)
  var maxPending = 1_000_000

  @Option(
    help: .init(
      "Streams of a new queue (default: 1; in a cluster 16, spread over its nodes).", valueName: "n"),
    transform: ArgumentParsing.int(1...1024))
  var shards: Int?

  @Flag(
    help: """
      Read files that the store has not seen, to look for their results under their digest: pays where most are copies \
      or renamed. (Otherwise a worker does it.)
      """)
  var digest = false

  func validate() throws {
    // Redis' client buffers and the workers' memory are the limit.
    if let inline, inline > 16 << 20 { throw ValidationError("--inline takes at most 16M.") }
  }

  /// Makes the queue, or takes the one that is there, for what `model` asks.
  func create(_ queue: RedisQueue, asking model: ModelOptions) throws(SetupError) -> QueueManifest {
    try queue.create(
      .init(arguments: model.queueArguments(), shards: shards ?? queue.defaultShards, inline: inline ?? 0))
  }
}
