import ArgumentParser
import Platform
import Queue

/// Submission of images to a queue.
struct SubmissionOptions: ParsableArguments {
  @Option(
    help: .init("Send images up to this size as bytes, others as paths.", valueName: "size"),
    transform: ArgumentParsing.bytes(bareFrom: 1024))
  var inline: Int?

  @Option(
    help: .init(
      "Wait while the queue holds this number of items, uncollected records included (default: 1000000).",
      valueName: "n"), transform: ArgumentParsing.count)
  var maxPending = 1_000_000

  @Option(
    help: .init(
      "Number of streams of a new queue (default: 1; in a cluster 16, spread over its nodes).", valueName: "n"),
    transform: ArgumentParsing.int(QueueManifest.shardLimits))
  var shards: Int?

  @Flag(
    help: """
      Read files that the cache does not know and look them up by their digest. Pays off when most files are copies \
      or were renamed.
      """)
  var digest = false

  /// Creates the queue for the options of its workers, or opens it if it exists.
  func create(_ queue: RedisQueue, asking options: QueueArguments) throws(SetupError) -> QueueManifest {
    try queue.create(
      .init(arguments: options.arguments, shards: shards ?? queue.defaultShards, inline: inline ?? 0))
  }
}
