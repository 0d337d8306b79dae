import Codecs
import Foundation
import Inputs
import Logging
import Pipeline
import Platform
import Recognition

/// Cached results for images that are being submitted to a queue.
struct CachedResults {
  let store: any ResultStore
  /// References of the networks that the results come from.
  let models: [String]
  let logger: Logger
  private let lookup: CacheLookup

  /// The default of scan and worker.
  static let maxFileSize = 256 << 20

  /// Opens the cache. Returns nil if it is off, or if the models are not installed: then nothing is looked up.
  init?(_ options: CacheOptions, asking model: ModelOptions, exif: Bool, logger: Logger) throws(SetupError) {
    try CacheLocation(options.cache).check()
    do throws(SetupError) {
      let assembly = Assembly(store: try .standard(), pulls: model.pull)
      guard var plan = try assembly.cache(options, asking: model, logger: logger) else { return nil }
      plan.readsExif = exif
      store = plan.store
      models = plan.queries.map(\.reference)
      self.logger = logger
      lookup = CacheLookup(plan, limits: DecodeLimits(), maxFileSize: Self.maxFileSize)
    } catch {
      logger.notice("submitting without cached results: \(error)")
      return nil
    }
  }

  /// Looks entries up: for each, its outcome and the digest to send to a worker, if they are known. Files that the store
  /// does not know are read into `buffer`, if there is one.
  func lookUp(_ entries: [Submitter.Entry], reading buffer: FileBuffer?) -> [(outcome: Outcome?, hint: DigestHint?)] {
    let items = entries.map(\.item)
    var snapshots = lookup.snapshots(of: items)
    var updates = StoreBatch()
    for (n, entry) in entries.enumerated() {
      switch entry.content {
      case .bytes(let bytes):
        // The bytes that are sent count; the file may have changed since.
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
        } catch { continue }  // the worker reports what is wrong
      case .fault: continue
      }
      if let stamp = snapshots[n].stamp, let digest = snapshots[n].digest { updates.stamps.append((stamp, digest)) }
    }
    store.put(updates)
    return zip(entries, zip(snapshots, lookup.outcomes(of: items, snapshots))).map { entry, result in
      let (snapshot, outcome) = result
      guard let digest = snapshot.digest else { return (nil, nil) }
      if case .bytes = entry.content { return (outcome, DigestHint(digest: digest, stamp: nil)) }
      return (outcome, snapshot.stamp.map { DigestHint(digest: digest, stamp: $0) })
    }
  }
}
