import Codecs
import Foundation
import Logging
import Outputs
import Pipeline
import Recognition
import Stores

/// Walks over inputs and submits them.
final class Submitter: @unchecked Sendable {  // `run` is called once, and the counts are read after it
  private let queue: RedisQueue
  private let feed: any Feed
  private let submission: QueueSubmission
  private let stop: Stop
  private let inline: Int
  private let base: PathBytes
  private let digests: Bool
  private let buffer = FileBuffer()
  private var kept: KeptAnswers?
  private var hasAgreed = false

  var added: Int { submission.added }
  var answered: Int { submission.answered }
  var known: Int { submission.known }

  private static let batch = 512
  private static let batchBytes = 4 << 20

  /// An item before it is looked up.
  struct Parcel {
    var item: Item
    var content: QueueItem.Content
    /// The file that `content` was read from, where it can be relied on.
    var stamp: FileStamp?
  }

  init(
    _ queue: RedisQueue, plan: RedisQueue.Plan, input: InputOptions, options: SubmissionOptions, kept: KeptAnswers?,
    stop: Stop
  ) throws(SetupError) {
    self.queue = queue
    self.kept = kept
    inline = options.inline ?? 0
    digests = options.digest
    feed = try input.feed(maxFileSize: max(inline, KeptAnswers.maxFileSize))
    submission = QueueSubmission(queue, plan: plan, maxPending: options.maxPending) { !stop.isRequested }
    base = PathBytes(FileManager.default.currentDirectoryPath)
    self.stop = stop
  }

  /// Submits all there is, or until it is stopped.
  func run() {
    var batch: [Parcel] = []
    var bytes = 0
    while !stop.isRequested, let item = feed.next() {
      let parcel = parcel(of: item)
      if case .bytes(let content) = parcel.content { bytes += content.count }
      batch.append(parcel)
      guard batch.count >= Self.batch || bytes >= Self.batchBytes else { continue }
      guard submit(batch) else { break }
      batch.removeAll(keepingCapacity: true)
      bytes = 0
    }
    if !stop.isRequested { _ = submit(batch) }
    _ = submission.end()
    kept?.store.close()
  }

  private func parcel(of item: Item) -> Parcel {
    func fault(_ code: Failure.Code, _ message: String) -> Parcel {
      Parcel(item: item, content: .fault(Failure(.read, code, message)))
    }
    switch item.origin {
    case .fault(let failure): return Parcel(item: item, content: .fault(failure))
    case .bytes(let bytes):
      // Of an archive: no worker could open it by its name.
      guard inline > 0 else { return fault(.unsupported, "images of an archive go into a queue with --inline only") }
      guard bytes.count <= inline else {
        return fault(.fileTooLarge, "\(bytes.count) bytes in an archive; --inline is \(inline)")
      }
      return Parcel(item: item, content: .bytes(bytes))
    case .file, .fileAt:
      guard inline > 0, let file = item.file else { return Parcel(item: item, content: .file) }
      do throws(Failure) {
        let stamp = try FileReader.readSettled(file, into: buffer, maxBytes: inline)
        return Parcel(item: item, content: .bytes(Array(buffer.bytes)), stamp: stamp)
      } catch {
        // Whatever is wrong with the file, the worker says so.
        return Parcel(item: item, content: .file)
      }
    }
  }

  /// False: nobody waits any more.
  private func submit(_ batch: [Parcel]) -> Bool {
    let found = kept?.look(at: batch, reading: digests ? buffer : nil)
    let uses = found.map { $0.contains { $0.outcome != nil } && agrees() } ?? false
    for (n, parcel) in batch.enumerated() {
      let item = QueueItem(path: parcel.item.path, base: base, content: parcel.content, claim: found?[n].claim)
      let record = uses ? found?[n].outcome.map(RecordWriter.bytes) : nil
      guard submission.add(item, record: record) else { return false }
    }
    return true
  }

  /// Whether the kept answers are of the networks that the queue's workers have.
  private func agrees() -> Bool {
    guard !hasAgreed, let kept else { return hasAgreed }
    guard
      let others = queue.persist(
        while: !self.stop.isRequested,
        { () throws(RedisError) in
          try self.queue.agree(onModels: kept.models)
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

/// Answers of earlier runs, for images on their way into a queue.
struct KeptAnswers {
  let store: any ResultStore
  /// The networks that they are of.
  let models: [String]
  let logger: Logger
  private let recall: Recall

  /// As scan and worker have it by default.
  static let maxFileSize = 256 << 20

  /// nil where none are to be used, or where the models are not here: submitting goes without.
  init?(_ options: CacheOptions, asking model: ModelOptions, logger: Logger) throws(SetupError) {
    do throws(SetupError) {
      let assembly = Assembly(store: try .standard(), pulls: model.pull)
      guard let plan = try assembly.cache(options, asking: model, logger: logger) else { return nil }
      store = plan.store
      models = plan.asked.map(\.reference)
      self.logger = logger
      recall = Recall(plan, limits: DecodeLimits(), maxFileSize: Self.maxFileSize)
    } catch {
      logger.notice("kept results are not looked up: \(error)")
      return nil
    }
  }

  /// What is known of each parcel: its record, and what a worker is told. Files of which the store knows nothing are
  /// read into `buffer`, where there is one.
  func look(at parcels: [Submitter.Parcel], reading buffer: FileBuffer?) -> [(outcome: Outcome?, claim: DigestClaim?)] {
    let items = parcels.map(\.item)
    var glances = recall.glances(at: items)
    var news = StoreBatch()
    for (n, parcel) in parcels.enumerated() {
      switch parcel.content {
      case .bytes(let bytes):
        // What is sent counts, not what the file has become.
        let digest = bytes.withUnsafeBytes(FileReader.digest)
        let isKnown = glances[n].digest == digest
        glances[n] = .init(stamp: parcel.stamp, digest: digest, bytes: bytes.count)
        if isKnown { continue }
      case .file:
        guard let buffer, glances[n].digest == nil, glances[n].stamp != nil, let file = parcel.item.file else {
          continue
        }
        do throws(Failure) {
          let stamp = try FileReader.readSettled(file, into: buffer, maxBytes: Self.maxFileSize)
          glances[n] = .init(stamp: stamp, digest: FileReader.digest(buffer.bytes), bytes: buffer.count)
        } catch { continue }  // the worker says what is wrong
      case .fault: continue
      }
      if let stamp = glances[n].stamp, let digest = glances[n].digest { news.stamps.append((stamp, digest)) }
    }
    store.put(news)
    return zip(parcels, zip(glances, recall.outcomes(of: items, glances))).map { parcel, found in
      guard let digest = found.0.digest else { return (nil, nil) }
      if case .bytes = parcel.content { return (found.1, DigestClaim(digest: digest, stamp: nil)) }
      return (found.1, found.0.stamp.map { DigestClaim(digest: digest, stamp: $0) })
    }
  }
}
