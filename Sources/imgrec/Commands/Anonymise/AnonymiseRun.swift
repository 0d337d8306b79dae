import Codecs
import Dispatch
import Inputs
import Outputs
import Platform
import Recognition
import Synchronization

/// Writes the copies, several at a time.
final class AnonymiseRun: Sendable {
  struct Outcome: Sendable {
    var line = SummaryLine()
    /// Findings that were hidden, by task.
    var counts: [TaskKind: Int] = [:]
    /// Number of copies that lack metadata of a kind.
    var removed: [RemovedMetadata: Int] = [:]
  }

  private struct State {
    var next = 0
    var outcome = Outcome()
    /// Why no other copy can be written either.
    var error: SetupError?
  }

  /// Copies at a time: each may hold a picture of 50 MP.
  private static let maxWorkers = 4
  private static let maxFileBytes = 1 << 30

  private let images: [AnonymisedImages.Image]
  private let strips: Bool
  private let onExists: OnExists
  private let state = Mutex(State())

  init(images: [AnonymisedImages.Image], strips: Bool, onExists: OnExists) {
    self.images = images
    self.strips = strips
    self.onExists = onExists
  }

  /// Throws if the folder cannot be written.
  func run() throws(SetupError) -> Outcome {
    let start = monotonicSeconds()
    let workers = max(1, min(Self.maxWorkers, HostInfo.cores, images.count))
    DispatchQueue.concurrentPerform(iterations: workers) { _ in work() }
    var (outcome, error) = state.withLock { ($0.outcome, $0.error) }
    if let error { throw error }
    outcome.line.images = images.count
    outcome.line.seconds = monotonicSeconds() - start
    return outcome
  }

  private func work() {
    var limits = DecodeLimits().isolated
    // Pictures of any size that the scan has let pass.
    limits.maxPixels = images.reduce(limits.maxPixels) { max($0, $1.pixels) }
    let anonymiser = PictureAnonymiser(limits: limits)
    let buffer = FileBuffer()
    while let image = next() {
      if let problem = image.problem {
        fail(image, problem)
        continue
      }
      do throws(Failure) {
        if let result = try copy(image, by: anonymiser, buffer) { count(image, result) }
      } catch {
        let endsRun = error.stage == .write && ![.exists, .unsupported, .outOfMemory].contains(error.code)
        if endsRun {
          state.withLock { $0.error = $0.error ?? SetupError("cannot copy \(image.path): \(error.message)") }
        } else {
          fail(image, error.message)
        }
      }
    }
  }

  private func next() -> AnonymisedImages.Image? {
    state.withLock { state in
      guard state.error == nil, state.next < images.count else { return nil }
      defer { state.next += 1 }
      return images[state.next]
    }
  }

  /// What became of the copy; nil if it is there already.
  private func copy(
    _ image: AnonymisedImages.Image, by anonymiser: PictureAnonymiser, _ buffer: FileBuffer
  ) throws(Failure) -> PictureAnonymiser.Result? {
    if onExists == .skip, AtomicFile.exists(image.output) {
      state.withLock { $0.outcome.line.skipped += 1 }
      return nil
    }
    try FileReader.read(image.source, into: buffer, maxBytes: Self.maxFileBytes)
    if let digest = image.digest, digest != "sha256:" + hexadecimal(FileReader.digest(buffer.bytes)) {
      throw Failure(.read, .changed, "it has changed since the scan; scan it again")
    }
    var source = PictureAnonymiser.Source(buffer.bytes)
    source.size = image.size
    source.parts = image.parts
    source.isDamaged = image.isDamaged
    source.strips = strips
    let file = try AtomicFile(output: image.output)
    let result = try anonymiser.write(source, to: file.descriptor)
    _ = try file.commit(output: onExists)
    return result
  }

  private func count(_ image: AnonymisedImages.Image, _ result: PictureAnonymiser.Result) {
    state.withLock { state in
      state.outcome.line.ok += 1
      if !result.warnings.isEmpty { state.outcome.line.warned += 1 }
      for (task, count) in image.counts { state.outcome.counts[task, default: 0] += count }
      for (kind, _) in RemovedMetadata.names where result.removed.contains(kind) {
        state.outcome.removed[kind, default: 0] += 1
      }
    }
    for warning in result.warnings { Console.note("\(image.path): \(warning)") }
  }

  private func fail(_ image: AnonymisedImages.Image, _ message: String) {
    state.withLock { $0.outcome.line.failed += 1 }
    Console.failure(of: image.path, message)
  }
}
