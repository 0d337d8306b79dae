import Foundation
import Inputs
import Outputs
import Pipeline
import Platform
import Queue
import Recognition
import Records
import Redis

/// Walks over the inputs and submits them to a queue.
final class Submitter: @unchecked Sendable {  // `run` is called once, and the counts are read after it
  private let queue: RedisQueue
  let feed: DirectoryWalk
  /// Folders that are watched, in place of `feed`.
  private let watch: WatchedSubmission?
  private let submission: QueueProducer
  private let stop: StopToken
  private let inline: Int
  private let base: RawPath
  private let readsUnknown: Bool
  private let buffer = FileBuffer()
  private var cached: CachedResults?
  private var hasMatchingModels = false
  private var batch: [Entry] = []
  /// Bytes of the images in `batch`.
  private var bytes = 0

  var added: Int { submission.added }
  var answered: Int { submission.answered }
  var known: Int { submission.known }
  var summary: SummaryLine {
    var line = SummaryLine()
    (line.images, line.verb, line.ok, line.cached) = (added + known, "submitted", added, answered)
    (line.skipped, line.skippedBecause) = (known, "in the queue already")
    return line
  }

  /// Why nothing was submitted.
  var noImagesMessage: String { TerminalText.escaped(feed.noImagesMessage) }

  private static let batch = 512
  private static let batchBytes = 4 << 20

  /// An item before its cache lookup.
  struct Entry {
    var item: Item
    var content: QueueItem.Content
    /// The file that `content` was read from, if its metadata can be trusted.
    var stamp: FileStamp?
  }

  init(
    _ queue: RedisQueue, plan: QueueManifest, input: InputOptions, options: SubmissionOptions,
    cached: CachedResults?, watch: WatchedSubmission? = nil, stop: StopToken
  ) throws(SetupError) {
    self.queue = queue
    self.watch = watch
    self.cached = cached
    inline = options.inline ?? 0
    readsUnknown = options.digest
    feed = try input.feed(maxFileSize: max(inline, CachedResults.maxFileSize))
    submission = QueueProducer(queue, plan: plan, maxPending: options.maxPending) { !stop.isRequested }
    base = RawPath(FileManager.default.currentDirectoryPath)
    self.stop = stop
  }

  /// Submits all inputs on a thread of its own, or until stopped. Does not wait for a walk that is blocked on a terminal
  /// or a pipe when the run is stopped: its registration with the queue expires.
  func runUntilStopped() {
    let done = DispatchSemaphore(value: 0)
    Thread.detachNewThread {
      self.run()
      done.signal()
    }
    while done.wait(timeout: .now() + .milliseconds(100)) == .timedOut {
      // What has been read is sent, and the submitter deregistered, in this time.
      if stop.isRequested, done.wait(timeout: .now() + .seconds(1)) == .timedOut { return }
    }
  }

  /// Submits all inputs, or until stopped.
  func run() {
    let feed: any Feed = watch?.feed ?? feed
    watch?.feed.onIdle = { [unowned self] in _ = submitBatch() }
    while !stop.isRequested, let item = feed.next() {
      let entry = entry(of: item)
      if case .bytes(let content) = entry.content { bytes += content.count }
      batch.append(entry)
      guard batch.count >= Self.batch || bytes >= Self.batchBytes else { continue }
      guard submitBatch() else { break }
    }
    if !stop.isRequested { _ = submitBatch() }
    _ = submission.end()
    cached?.store.close()
  }

  /// Submits what has been read; returns false if the submission was stopped.
  private func submitBatch() -> Bool {
    defer {
      batch.removeAll(keepingCapacity: true)
      bytes = 0
    }
    guard submit(batch) else { return false }
    // Noted only when it is in the queue: what is lost between is submitted again, which the queue takes for one item.
    guard let watch else { return true }
    return submission.flush() && watch.note(batch.map(\.item), stop)
  }

  private func entry(of item: Item) -> Entry {
    func fault(_ code: Failure.Code, _ message: String) -> Entry {
      Entry(item: item, content: .fault(Failure(.read, code, message)))
    }
    switch item.origin {
    case .fault(let failure): return Entry(item: item, content: .fault(failure))
    case .bytes(let bytes):
      // A member of an archive, or an image on standard input: no worker could open it by its name.
      guard inline > 0 else {
        return fault(.unsupported, "bytes from an archive or standard input can be submitted only with --inline")
      }
      guard bytes.count <= inline else {
        return fault(.fileTooLarge, "\(bytes.count) bytes, not in a file of their own; --inline allows \(inline)")
      }
      return Entry(item: item, content: .bytes(bytes))
    case .file, .fileAt:
      guard inline > 0, let file = item.file else { return Entry(item: item, content: .file) }
      do throws(Failure) {
        let stamp = try FileReader.readSettled(file, into: buffer, maxBytes: inline)
        return Entry(item: item, content: .bytes(Array(buffer.bytes)), stamp: stamp)
      } catch {
        // The worker reports what is wrong with the file.
        return Entry(item: item, content: .file)
      }
    }
  }

  /// Returns false if the submission was stopped.
  private func submit(_ batch: [Entry]) -> Bool {
    let lookups = cached?.lookUp(batch, reading: readsUnknown ? buffer : nil)
    let usesOutcomes = lookups.map { $0.contains { $0.outcome != nil } && matchesWorkers() } ?? false
    for (n, entry) in batch.enumerated() {
      var item = QueueItem(path: entry.item.path, base: base, content: entry.content, hint: lookups?[n].hint)
      item.key = entry.item.key
      item.version = entry.item.settled.map(WatchedSubmission.version)
      let record = usesOutcomes ? lookups?[n].outcome.map(RecordWriter.bytes) : nil
      guard submission.add(item, record: record) else { return false }
    }
    return true
  }

  /// Whether the cached results come from the networks that the queue's workers use.
  private func matchesWorkers() -> Bool {
    guard !hasMatchingModels, let cached else { return hasMatchingModels }
    guard
      let pinnedModels = queue.retry(
        while: !self.stop.isRequested,
        { () throws(RedisError) in
          try self.queue.pinModels(cached.models)
        })
    else { return false }
    let ownModels = cached.models.joined(separator: " ")
    hasMatchingModels = pinnedModels == ownModels
    if !hasMatchingModels {
      cached.logger.warning(
        "queue \(queue.label) uses \(pinnedModels), the cache has results of \(ownModels): no cached result is used")
      cached.store.close()
      self.cached = nil
    }
    return hasMatchingModels
  }
}
