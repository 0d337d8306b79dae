import Codecs
import Foundation
import Inputs
import Logging
import Pipeline
import Platform
import Recognition

/// Answers of earlier runs, for images on their way into a queue.
struct CachedResults {
  let store: any ResultStore
  /// The networks that they are of.
  let models: [String]
  let logger: Logger
  private let lookup: CacheLookup

  /// As scan and worker have it by default.
  static let maxFileSize = 256 << 20

  /// nil where none are to be used, or where the models are not here: submitting goes without.
  init?(_ options: CacheOptions, asking model: ModelOptions, logger: Logger) throws(SetupError) {
    do throws(SetupError) {
      let assembly = Assembly(store: try .standard(), pulls: model.pull)
      guard let plan = try assembly.cache(options, asking: model, logger: logger) else { return nil }
      store = plan.store
      models = plan.queries.map(\.reference)
      self.logger = logger
      lookup = CacheLookup(plan, limits: DecodeLimits(), maxFileSize: Self.maxFileSize)
    } catch {
      logger.notice("kept results are not looked up: \(error)")
      return nil
    }
  }

  /// What is known of each parcel: its record, and what a worker is told. Files of which the store knows nothing are
  /// read into `buffer`, where there is one.
  func look(at entries: [Submitter.Entry], reading buffer: FileBuffer?) -> [(outcome: Outcome?, hint: DigestHint?)] {
    let items = entries.map(\.item)
    var snapshots = lookup.snapshots(of: items)
    var news = StoreBatch()
    for (n, entry) in entries.enumerated() {
      switch entry.content {
      case .bytes(let bytes):
        // What is sent counts, not what the file has become.
        let digest = bytes.withUnsafeBytes(FileReader.digest)
        let isKnown = snapshots[n].digest == digest
        snapshots[n] = .init(stamp: entry.stamp, digest: digest, bytes: bytes.count)
        if isKnown { continue }
      case .file:
        guard let buffer, snapshots[n].digest == nil, snapshots[n].stamp != nil, let file = entry.item.file else {
          continue
        }
        do throws(Failure) {
          let stamp = try FileReader.readSettled(file, into: buffer, maxBytes: Self.maxFileSize)
          snapshots[n] = .init(stamp: stamp, digest: FileReader.digest(buffer.bytes), bytes: buffer.count)
        } catch { continue }  // the worker says what is wrong
      case .fault: continue
      }
      if let stamp = snapshots[n].stamp, let digest = snapshots[n].digest { news.stamps.append((stamp, digest)) }
    }
    store.put(news)
    return zip(entries, zip(snapshots, lookup.outcomes(of: items, snapshots))).map { entry, found in
      guard let digest = found.0.digest else { return (nil, nil) }
      if case .bytes = entry.content { return (found.1, DigestHint(digest: digest, stamp: nil)) }
      return (found.1, found.0.stamp.map { DigestHint(digest: digest, stamp: $0) })
    }
  }
}
