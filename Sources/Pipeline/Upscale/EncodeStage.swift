import CPixels
import Codecs
import Platform
import Recognition

extension UpscalePipeline {
  /// Bands -> a file. The one place from which a picture that was decoded leaves the run.
  func runEncoder() {
    defer { completions.finish() }
    let composer = BandComposer()
    while let job = encoding.receive() {
      do throws(Failure) {
        completions.send(.record(try encode(job, with: composer)))
      } catch {
        // Its tiles and bands that are still under way are let go.
        job.fail(error)
        completions.send(.record(job.outcome(.failure(error))))
      }
      memory.release(job.charge)
    }
  }

  private func encode(_ job: UpscaleJob, with composer: BandComposer) throws(Failure) -> Outcome {
    let (path, kind) = job.output
    let size = job.outputSize
    var metadata = job.picture.metadata
    let warning = metadata.adapt(to: size, isGrey: job.picture.isGrey)
    let hasAlpha = job.picture.alpha != nil && kind.hasAlpha
    let file = try path.map { path throws(Failure) in try AtomicFile(output: path) }
    let order: ChannelOrder = job.picture.isGrey ? .grey : plan.pictureOrder
    let writer = try StreamingEncoder(
      kind, size: size, order: order, hasAlpha: hasAlpha, quality: plan.quality, metadata: metadata,
      descriptor: file?.descriptor ?? STDOUT_FILENO)
    let comparison = plan.compares ? ComparisonSheet(job.picture.pixels, scale: job.scale) : nil
    for row in job.grid.rows.indices {
      let band = try job.takeBand(row)
      let start = monotonicSeconds()
      try composer.compose(band, of: job, hasAlpha: hasAlpha, comparison: comparison, into: writer)
      metrics.count { $0.writeSeconds += monotonicSeconds() - start }
      job.closeBand()
    }
    try writer.finish()
    let name = try file?.commit(output: plan.onExists)
    if let name, let comparison {
      let beside = try AtomicFile(output: RawPath(name.bytes + Array(".compare.png".utf8)))
      try comparison.write(to: beside.descriptor)
      _ = try beside.commit(output: .overwrite)
    }
    let upscaled = Upscaled(
      file: name ?? RawPath(""), size: size, scale: job.scale, tiles: job.grid.count)
    return job.outcome(.success([answer(upscaled)]), warnings: warning.map { [$0] } ?? [])
  }
}

/// Makes rows of a file out of a band: the colours that a network of brightness has not seen, and alpha.
final class BandComposer {
  private let scaler = Rescaler()
  private var source = PixelBuffer(size: PixelSize(width: 1, height: 1), order: .rgb)
  private var colours = PixelBuffer(size: PixelSize(width: 1, height: 1), order: .rgb)
  private var alpha = PixelBuffer(size: PixelSize(width: 1, height: 1), order: .grey)
  private var mixed: [UInt8] = []
  /// Rows that are composed at once.
  private static let most = 32

  func compose(
    _ band: Band, of job: UpscaleJob, hasAlpha: Bool, comparison: ComparisonSheet?, into writer: StreamingEncoder
  ) throws(Failure) {
    let size = job.outputSize
    let picture = job.picture
    let needsColours = band.pixels.order == .grey && !picture.isGrey
    for y in stride(from: 0, to: band.pixels.size.height, by: Self.most) {
      let count = min(Self.most, band.pixels.size.height - y)
      let window = PixelRect(x: 0, y: band.top + y, width: size.width, height: count)
      var rows = band.pixels.base + y * band.pixels.stride
      var channels = band.pixels.order.count
      if needsColours {
        try colour(rows, window, of: picture.pixels, scale: job.scale)
        rows = colours.base
        channels = 3
      }
      comparison?.take(rows, channels: channels, top: window.y, count: count, width: size.width)
      guard hasAlpha, let plane = picture.alpha else {
        try writer.write(rows, stride: size.width * channels, count: count)
        continue
      }
      Self.reserve(&alpha, window.size, .grey)
      try scaler.resize(plane, to: size, window: window, into: alpha.base, stride: alpha.stride)
      let needed = window.size.area * (channels + 1)
      if mixed.count < needed { mixed = [UInt8](repeating: 0, count: needed) }
      try mixed.withUnsafeMutableBufferPointer { mixed throws(Failure) in
        cpixels_interleave(rows, alpha.base, mixed.baseAddress, window.size.area, Int32(channels))
        try writer.write(mixed.baseAddress!, stride: size.width * (channels + 1), count: count)
      }
    }
  }

  /// Leaves in `colours` the picture's colours in `window` of the result, with the network's brightness.
  ///
  /// Cr and Cb are enlarged bilinearly in 8 bits, as OpenCV's dnn_superres has it.
  private func colour(
    _ brightness: UnsafePointer<UInt8>, _ window: PixelRect, of picture: PixelBuffer, scale: Int
  ) throws(Failure) {
    let isBlueFirst = picture.order == .bgr
    // The rows that the window's are made from, and one more on either side.
    let first = max(0, window.y / scale - 1)
    let end = min(picture.size.height, (window.y + window.height - 1) / scale + 2)
    Self.reserve(&source, PixelSize(width: picture.size.width, height: end - first), picture.order)
    cpixels_ycrcb(picture.base + first * picture.stride, source.base, source.size.area, isBlueFirst)
    Self.reserve(&colours, window.size, picture.order)
    var place = window
    place.y -= first * scale
    let enlarged = PixelSize(width: window.width, height: source.size.height * scale)
    try scaler.resize(
      source, to: enlarged, window: place, into: colours.base, stride: colours.stride, bilinear: true)
    cpixels_recolour(colours.base, brightness, window.size.area, isBlueFirst)
  }

  private static func reserve(_ pixels: inout PixelBuffer, _ size: PixelSize, _ order: ChannelOrder) {
    if pixels.capacity < size.area * order.count {
      pixels = PixelBuffer(size: size, order: order)
    } else {
      pixels.reshape(size: size, order: order)
    }
  }
}
