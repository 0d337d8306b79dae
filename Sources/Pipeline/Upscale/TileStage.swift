import CPixels
import Codecs
import Inputs
import Platform
import Recognition

extension UpscalePipeline {
  /// Items -> bytes in memory; those whose result is there already go no further.
  func runReader() {
    defer {
      encoded.finish()
      completions.finish()
    }
    // Of inputs that were not known beforehand, two may want one name; the second is told from a result of an earlier
    // run by this.
    var given: Set<RawPath> = []
    while let item = inputs.receive() {
      guard !stop.isRequested else {
        completions.send(.dropped(index: item.index))
        continue
      }
      let output = plan.names.output(for: item.path)
      if let path = output.path, !plan.namesAreDistinct, plan.onExists != .rename, !given.insert(path).inserted {
        let failure = Failure(.write, .exists, "another input of this run has the name \(path) too")
        completions.send(.record(Outcome(index: item.index, path: item.path, result: .failure(failure))))
        continue
      }
      if let path = output.path, plan.onExists == .skip || plan.onExists == .error, AtomicFile.exists(path) {
        if case .fault = item.origin {
        } else {
          completions.send(.record(whenThere(item, path)))
          continue
        }
      }
      let start = monotonicSeconds()
      let bytes = files.acquire()
      do throws(Failure) {
        switch item.origin {
        case .file: try FileReader.read(item.path, into: bytes, maxBytes: plan.maxFileSize)
        case .fileAt(let place): try FileReader.read(place, into: bytes, maxBytes: plan.maxFileSize)
        case .bytes(let inline): bytes.assign(inline)
        case .fault(let failure): throw failure
        }
      } catch {
        files.release(bytes)
        completions.send(.record(Outcome(index: item.index, path: item.path, result: .failure(error))))
        continue
      }
      let picture = EncodedPicture(item: item, output: output, bytes: bytes)
      picture.facts.bytes = bytes.count
      picture.facts.digest = FileReader.digest(bytes.bytes)
      let seconds = monotonicSeconds() - start
      picture.timings.read = seconds * 1000
      metrics.count {
        $0.bytesRead += bytes.count
        $0.readSeconds += seconds
      }
      encoded.send(picture)
    }
  }

  private func whenThere(_ item: Item, _ path: RawPath) -> Outcome {
    if plan.onExists == .error {
      let failure = Failure(.write, .exists, "\(path) is there already (--on-exists)")
      return Outcome(index: item.index, path: item.path, result: .failure(failure))
    }
    let kept = Upscaled(
      file: path, size: PixelSize(width: 0, height: 0), scale: plan.spec.scale, tiles: 0, isKept: true)
    return Outcome(index: item.index, path: item.path, result: .success([answer(kept)]))
  }

  /// Bytes -> a whole picture.
  func runDecoder() {
    defer {
      decoded.finish()
      completions.finish()
    }
    let decoder = ImageDecoder(limits: plan.limits)
    while let encoded = encoded.receive() {
      defer { files.release(encoded.bytes) }
      guard !stop.isRequested else {
        completions.send(.dropped(index: encoded.index))
        continue
      }
      do throws(Failure) {
        decoded.send(try decode(encoded, by: decoder))
      } catch {
        completions.send(.record(encoded.outcome(failing: error)))
      }
    }
  }

  private func decode(_ encoded: EncodedPicture, by decoder: ImageDecoder) throws(Failure) -> UpscaleJob {
    let start = monotonicSeconds()
    let bytes = encoded.bytes.bytes
    encoded.facts.format = FormatSniffer.format(of: bytes)
    let header = try decoder.header(of: bytes)
    encoded.facts.size = header.size
    encoded.facts.orientation = header.orientation
    let size = plan.inputSize(of: header.size)
    let order = plan.pictureOrder
    let grid = plan.grid(for: size)
    let needed = try plan.memoryNeeded(size, cut: grid, kind: encoded.output.kind)
    let passing = header.decodedBytes(for: [.whole(header.size, order: order)])
    memory.acquire(needed + passing)
    defer { memory.release(passing) }
    let picture: Picture
    do throws(Failure) {
      picture = try decoder.picture(bytes, header: header, size: size, order: order)
    } catch {
      memory.release(needed)
      throw error
    }
    let seconds = monotonicSeconds() - start
    encoded.timings.decode = seconds * 1000
    metrics.count {
      $0.decodeSeconds += seconds
      $0.pixels += header.size.area
    }
    var warnings = picture.warnings
    if size != header.size { warnings.append("reduced to \(size.width)x\(size.height) first (--max-input)") }
    if picture.alpha != nil, !encoded.output.kind.hasAlpha { warnings.append("alpha left out: a JPEG has none") }
    let isGreyBand = picture.isGrey || plan.isBrightnessOnly
    return UpscaleJob(
      item: (encoded.index, encoded.path), picture: picture, facts: encoded.facts, timings: encoded.timings,
      warnings: warnings, output: encoded.output, grid: grid, scale: plan.spec.scale, charge: needed,
      bandOrder: isGreyBand ? .grey : order)
  }

  /// Pictures -> tiles, a band after another.
  func runCutter() {
    defer {
      tiles.finish()
      encoding.finish()
      completions.finish()
    }
    while let job = decoded.receive() {
      guard !stop.isRequested else {
        memory.release(job.charge)
        completions.send(.dropped(index: job.index))
        continue
      }
      duration.begin(pixels: job.grid.count * job.grid.tile.area)
      encoding.send(job)
      for row in job.grid.rows.indices {
        guard let band = job.openBand(row) else { break }
        for column in job.grid.columns.indices {
          let slot = slots.acquire(size: job.grid.tile, order: plan.model.card.input.channels)
          slot.fill(
            from: job.picture.pixels, x: job.grid.columns[column].start, y: job.grid.rows[row].start)
          tiles.send(Tile(job: job, band: band, column: column, slot: slot))
        }
      }
    }
  }

  /// Tiles -> pixels of bands, in batches of what is ready.
  func runInference(_ instance: Int) {
    let engine = plan.instances[instance]
    while true {
      let batch = tiles.receive(
        atMost: min(plan.maxBatch, engine.maxBatch), budget: plan.batchBudget, consumers: plan.instances.count,
        alike: { $0.slot.size == $1.slot.size })
      guard !batch.isEmpty else { return }
      infer(batch.filter { !$0.job.isFailed }, by: engine)
      for tile in batch { slots.release(tile.slot) }
    }
  }

  /// A batch that fails is taken apart, so that one picture cannot take its neighbours along.
  private func infer(_ batch: [Tile], by engine: any Engine) {
    guard !batch.isEmpty else { return }
    let start = monotonicSeconds()
    do throws(Failure) {
      try engine.infer(batch.map(\.slot)) { (outputs) throws(Failure) in
        for (n, tile) in batch.enumerated() { try place(tile, in: outputs, image: n) }
      }
    } catch {
      guard batch.count == 1 else {
        for tile in batch { infer([tile], by: engine) }
        return
      }
      return batch[0].job.fail(error)
    }
    let seconds = monotonicSeconds() - start
    metrics.count {
      $0.inferSeconds += seconds
      $0.batches += 1
      $0.batchedImages += batch.count
    }
    for tile in batch { tile.job.complete(tile.band, seconds: seconds / Double(batch.count)) }
    duration.done(tiles: batch.count, pixels: batch.reduce(0) { $0 + $1.slot.size.area }, seconds: seconds)
  }

  /// Brings the tile's own part of the result into its band.
  private func place(_ tile: Tile, in outputs: Outputs, image: Int) throws(Failure) {
    let input = plan.model.card.input
    let (job, scale, channels) = (tile.job, plan.spec.scale, input.channels.count)
    let result = try UpscaleHead.tile(
      in: outputs, image: image, slot: tile.slot.size, channels: channels, scale: scale)
    let (column, row) = (job.grid.columns[tile.column], job.grid.rows[tile.band.row])
    let width = tile.slot.size.width * scale
    let (x, y) = ((column.core.lowerBound - column.start) * scale, (row.core.lowerBound - row.start) * scale)
    var samples = cpixels_samples()
    samples.step = result.isInterleaved ? channels : 1
    samples.row = width * samples.step
    samples.plane = result.isInterleaved ? 1 : width * tile.slot.size.height * scale
    samples.values = result.values.baseAddress! + y * samples.row + x * samples.step
    let band = tile.band.pixels
    cpixels_unpack(
      samples, Int32(column.core.count * scale), Int32(row.core.count * scale), Int32(channels), input.mean,
      input.scale, band.order == .grey, input.channels == .bgr,
      band.base + column.core.lowerBound * scale * band.order.count, band.stride)
  }
}

extension UpscaleConfiguration {
  /// What a picture is reduced to before anything else.
  func inputSize(of size: PixelSize) -> PixelSize {
    guard let maxInput, size.area > maxInput else { return size }
    let factor = (Double(maxInput) / Double(size.area)).squareRoot()
    return PixelSize(
      width: max(1, Int(Double(size.width) * factor)), height: max(1, Int(Double(size.height) * factor)))
  }

  /// What a picture of `size` holds while it is under way.
  ///
  /// Throws `tooManyPixels` where that cannot be had.
  func memoryNeeded(_ size: PixelSize, cut grid: TileGrid, kind: EncodedFormat) throws(Failure) -> Int {
    let scale = spec.scale
    let result = PixelSize(width: size.width * scale, height: size.height * scale)
    guard max(result.width, result.height) <= kind.longestSide else {
      throw Failure(
        .write, .unsupported,
        "the result has \(result.width)x\(result.height) pixels; a side of a \(kind.rawValue) has at most "
          + "\(kind.longestSide)\(kind == .png ? "" : " (--format png)")")
    }
    let rows = min(size.height, grid.tile.height) * scale
    // Colour and alpha, the bands, and what composing a band takes.
    let bands = result.width * rows * 3 * UpscaleJob.maxBands + result.width * 64 * 8
    let writer = StreamingEncoder.memory(kind, size: result, channels: 4)
    if kind == .webp, writer > memory {
      throw Failure(
        .write, .tooManyPixels,
        "a WebP of \(result.width)x\(result.height) takes \(writer >> 20) MiB, more than --memory; a JPEG or PNG does not"
      )
    }
    return size.area * 4 + bands + writer
  }
}

extension PixelBuffer {
  /// Fills this slot from a part of `picture`, in the slot's channels; what lies outside repeats the border.
  func fill(from picture: PixelBuffer, x: Int, y: Int) {
    let source = picture.order.count
    let wanted = order.count
    let inside = min(size.width, picture.size.width - x)
    for row in 0..<size.height {
      let from = picture.base + min(y + row, picture.size.height - 1) * picture.stride + x * source
      let to = base + row * stride
      if source == wanted {
        to.update(from: from, count: inside * source)
      } else if source == 1 {
        cpixels_spread(from, to, inside)
      } else {
        cpixels_grey(from, to, inside, picture.order == .bgr)
      }
      for column in inside..<max(inside, size.width) {
        for c in 0..<wanted { to[column * wanted + c] = to[(inside - 1) * wanted + c] }
      }
    }
  }
}
