import Codecs
import Platform
import Recognition

/// Bands -> a file. The only stage at which a decoded picture leaves the run.
struct EncodeStage {
  let jobs: Channel<UpscaleJob>.Receiver
  let completions: Channel<Completion>.Sender
  let configuration: UpscaleConfiguration
  let memory: MemoryBudget
  let control: RunControl

  func run() {
    let composer = BandComposer()
    while let job = jobs.receive() {
      do throws(Failure) {
        if let outcome = try encode(job, with: composer) {
          completions.send(.record(outcome))
        } else {
          job.drop()
          completions.send(.dropped(index: job.index))
        }
      } catch {
        // Its tiles and bands that are still under way are dropped.
        job.fail(error)
        completions.send(.record(job.outcome(.failure(error))))
      }
      memory.release(job.charge)
    }
  }

  /// The file of the comparison beside a result.
  static func comparisonPath(of result: RawPath) -> RawPath {
    RawPath(result.bytes + Array(".compare.png".utf8)).fittingFileSystems()
  }

  /// nil if the run was stopped before the picture was complete; then no file is left.
  private func encode(_ job: UpscaleJob, with composer: BandComposer) throws(Failure) -> Outcome? {
    guard !control.stop.dropsWaiting else { return nil }
    let (path, kind) = job.output
    let size = job.outputSize
    var metadata = job.picture.metadata
    let warning = metadata.adapt(to: size, isGrey: job.picture.isGrey)
    let hasAlpha = job.picture.alpha != nil && kind.hasAlpha
    let file = try path.map { path throws(Failure) in try AtomicFile(output: path) }
    let order: ChannelOrder = job.picture.isGrey ? .grey : configuration.pictureOrder
    let writer = try StreamingEncoder(
      kind, size: size, order: order, hasAlpha: hasAlpha, quality: configuration.quality, metadata: metadata,
      descriptor: file?.descriptor ?? STDOUT_FILENO)
    let comparison =
      configuration.compares
      ? ComparisonSheet(
        job.picture.pixels, scale: job.scale, name: String(decoding: job.path.lastComponent, as: UTF8.self),
        model: job.network.model.card.name) : nil
    for row in job.grid.rows.indices {
      guard let band = try job.takeBand(row) else { return nil }
      let start = monotonicSeconds()
      let isWhole = try composer.compose(
        band, of: job, hasAlpha: hasAlpha, comparison: comparison, into: writer, stop: control.stop)
      control.metrics.count { $0.count(monotonicSeconds() - start, in: .write) }
      guard isWhole else { return nil }
      job.closeBand()
    }
    // libwebp encodes the whole picture at the end, which takes seconds and cannot be interrupted.
    if kind == .webp, control.stop.dropsWaiting { return nil }
    try writer.finish()
    let name = try file?.commit(output: configuration.onExists)
    if let name, let comparison {
      let beside = try AtomicFile(output: Self.comparisonPath(of: name))
      try comparison.write(to: beside.descriptor)
      _ = try beside.commit(output: configuration.onExists)
    }
    let upscaled = Upscaled(
      file: name ?? RawPath(""), size: size, scale: job.scale, tiles: job.grid.count)
    return job.outcome(
      .success([configuration.answer(upscaled, by: job.network)]), warnings: warning.map { [$0] } ?? [])
  }
}
