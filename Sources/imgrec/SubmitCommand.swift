import ArgumentParser
import Codecs
import Foundation
import Logging
import Pipeline
import Recognition
import Stores

/// `imgrec submit`: puts images into a queue.
struct SubmitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "submit", abstract: "Puts images into a queue for workers on other machines.",
    discussion: """
      Images go as paths, which the workers have to see under the same names (or below their --root), or with --inline \
      as bytes. What is in the queue already is skipped.

      Example:
        imgrec submit photos --task classify,faces --queue redis://host/photos
      """)

  @OptionGroup(title: "Inputs") var input: InputOptions
  @OptionGroup(title: "Model") var model: ModelOptions
  @OptionGroup(title: "Queue") var queue: QueueOptions
  @OptionGroup(title: "Queue") var submission: SubmissionOptions
  @Flag(name: [.short, .long], help: "No summary; errors only.") var quiet = false

  func run() throws {
    let stop = Stop()
    let interrupt = Interrupt(stop: stop, quiet: quiet)
    defer { withExtendedLifetime(interrupt) {} }
    LoggingSystem.bootstrap { [quiet] _ in ConsoleLogHandler(logLevel: quiet ? .error : .notice, form: .text) }
    try ExitStatus.report {
      let queue = try queue.open(Logger(label: "imgrec"))
      let plan = try submission.create(queue, asking: model)
      let submitter = try Submitter(queue, plan: plan, input: input, options: submission, stop: stop)
      submitter.run()
      if !quiet { Console.note("\(submitter.added) submitted, \(submitter.known) in the queue already") }
      if stop.isRequested { return .interrupted }
      return submitter.added + submitter.known == 0 ? .noImages : .done
    }
  }
}

/// How images go into a queue.
struct SubmissionOptions: ParsableArguments {
  @Option(
    help: .init("Send images of up to this size as bytes; larger ones go as paths.", valueName: "size"),
    transform: Quantity.bytes)
  var inline: Int?

  @Option(
    help: .init(
      "Items in the queue at most, uncollected results included; then submitting waits (default: 1000000).",
      valueName: "n"), transform: Quantity.count)
  var maxPending = 1_000_000

  @Option(
    help: .init(
      "Streams of a new queue (default: 1; in a cluster 16, spread over its nodes).", valueName: "n"),
    transform: Quantity.int(1...1024))
  var shards: Int?

  func validate() throws {
    // Redis' client buffers and the workers' memory are the limit.
    if let inline, inline > 16 << 20 { throw ValidationError("--inline takes at most 16M.") }
  }

  /// Makes the queue, or takes the one that is there, for what `model` asks.
  func create(_ queue: RedisQueue, asking model: ModelOptions) throws(SetupError) -> RedisQueue.Plan {
    try queue.create(
      .init(arguments: model.queueArguments(), shards: shards ?? queue.usualShards, inline: inline ?? 0))
  }
}

/// Walks over inputs and submits them.
final class Submitter: @unchecked Sendable {  // `run` is called once, and the counts are read after it
  private let feed: any Feed
  private let submission: QueueSubmission
  private let stop: Stop
  private let inline: Int
  private let base: PathBytes

  var added: Int { submission.added }
  var known: Int { submission.known }

  init(
    _ queue: RedisQueue, plan: RedisQueue.Plan, input: InputOptions, options: SubmissionOptions, stop: Stop
  ) throws(SetupError) {
    inline = options.inline ?? 0
    feed = try input.feed(maxFileSize: max(inline, 256 << 20))
    submission = QueueSubmission(queue, plan: plan, maxPending: options.maxPending) { !stop.isRequested }
    base = PathBytes(FileManager.default.currentDirectoryPath)
    self.stop = stop
  }

  /// Submits all there is, or until it is stopped.
  func run() {
    let buffer = FileBuffer()
    while !stop.isRequested, let item = feed.next() {
      guard submission.add(.init(path: item.path, base: base, content: content(of: item, buffer))) else { break }
    }
    _ = submission.end()
  }

  private func content(of item: Item, _ buffer: FileBuffer) -> QueueItem.Content {
    switch item.origin {
    case .fault(let failure): return .fault(failure)
    case .bytes(let bytes):
      // Of an archive: no worker could open it by its name.
      guard inline > 0 else {
        return .fault(Failure(.read, .unsupported, "images of an archive go into a queue with --inline only"))
      }
      guard bytes.count <= inline else {
        return .fault(Failure(.read, .fileTooLarge, "\(bytes.count) bytes in an archive; --inline is \(inline)"))
      }
      return .bytes(bytes)
    case .file, .fileAt:
      guard inline > 0, let file = item.file else { return .file }
      // Whatever is wrong with the file, the worker says so.
      do throws(Failure) { try FileReader.read(file, into: buffer, maxBytes: inline) } catch { return .file }
      return .bytes(Array(buffer.bytes))
    }
  }
}
