import Foundation
import Inputs
import Pipeline
import Platform
import Queue
import Recognition
import Records
import Redis

/// Walks over inputs and submits them.
final class Submitter: @unchecked Sendable {  // `run` is called once, and the counts are read after it
  private let queue: RedisQueue
  private let feed: any Feed
  private let submission: QueueProducer
  private let stop: StopToken
  private let inline: Int
  private let base: RawPath
  private let digests: Bool
  private let buffer = FileBuffer()
  private var kept: CachedResults?
  private var hasAgreed = false

  var added: Int { submission.added }
  var answered: Int { submission.answered }
  var known: Int { submission.known }

  private static let batch = 512
  private static let batchBytes = 4 << 20

  /// An item before it is looked up.
  struct Entry {
    var item: Item
    var content: QueueItem.Content
    /// The file that `content` was read from, where it can be relied on.
    var stamp: FileStamp?
  }

  init(
    _ queue: RedisQueue, plan: QueueManifest, input: InputOptions, options: SubmissionOptions, kept: CachedResults?,
    stop: StopToken
  ) throws(SetupError) {
    self.queue = queue
    self.kept = kept
    inline = options.inline ?? 0
    digests = options.digest
    feed = try input.feed(maxFileSize: max(inline, CachedResults.maxFileSize))
    submission = QueueProducer(queue, plan: plan, maxPending: options.maxPending) { !stop.isRequested }
    base = RawPath(FileManager.default.currentDirectoryPath)
    self.stop = stop
  }

  /// Submits all there is, or until it is stopped.
  func run() {
    var batch: [Entry] = []
    var bytes = 0
    while !stop.isRequested, let item = feed.next() {
      let entry = entry(of: item)
      if case .bytes(let content) = entry.content { bytes += content.count }
      batch.append(entry)
      guard batch.count >= Self.batch || bytes >= Self.batchBytes else { continue }
      guard submit(batch) else { break }
      batch.removeAll(keepingCapacity: true)
      bytes = 0
    }
    if !stop.isRequested { _ = submit(batch) }
    _ = submission.end()
    kept?.store.close()
  }

  private func entry(of item: Item) -> Entry {
    func fault(_ code: Failure.Code, _ message: String) -> Entry {
      Entry(item: item, content: .fault(Failure(.read, code, message)))
    }
    switch item.origin {
    case .fault(let failure): return Entry(item: item, content: .fault(failure))
    case .bytes(let bytes):
      // Of an archive: no worker could open it by its name.
      guard inline > 0 else { return fault(.unsupported, "images of an archive go into a queue with --inline only") }
      guard bytes.count <= inline else {
        return fault(.fileTooLarge, "\(bytes.count) bytes in an archive; --inline is \(inline)")
      }
      return Entry(item: item, content: .bytes(bytes))
    case .file, .fileAt:
      guard inline > 0, let file = item.file else { return Entry(item: item, content: .file) }
      do throws(Failure) {
        let stamp = try FileReader.readSettled(file, into: buffer, maxBytes: inline)
        return Entry(item: item, content: .bytes(Array(buffer.bytes)), stamp: stamp)
      } catch {
        // Whatever is wrong with the file, the worker says so.
        return Entry(item: item, content: .file)
      }
    }
  }

  /// False: nobody waits any more.
  private func submit(_ batch: [Entry]) -> Bool {
    let found = kept?.look(at: batch, reading: digests ? buffer : nil)
    let uses = found.map { $0.contains { $0.outcome != nil } && agrees() } ?? false
    for (n, entry) in batch.enumerated() {
      let item = QueueItem(path: entry.item.path, base: base, content: entry.content, hint: found?[n].hint)
      let record = uses ? found?[n].outcome.map(RecordWriter.bytes) : nil
      guard submission.add(item, record: record) else { return false }
    }
    return true
  }

  /// Whether the kept answers are of the networks that the queue's workers have.
  private func agrees() -> Bool {
    guard !hasAgreed, let kept else { return hasAgreed }
    guard
      let others = queue.retry(
        while: !self.stop.isRequested,
        { () throws(RedisError) in
          try self.queue.pinModels(kept.models)
        })
    else { return false }
    hasAgreed = others == kept.models.joined(separator: " ")
    if !hasAgreed {
      let mine = kept.models.joined(separator: " ")
      kept.logger.warning("queue \(queue.label) is worked on with \(others), this has \(mine): no kept result is used")
      kept.store.close()
      self.kept = nil
    }
    return hasAgreed
  }
}
