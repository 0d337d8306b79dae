import Codecs
import Platform
import Recognition

/// Bytes -> a whole picture.
struct UpscaleDecodeStage {
  let pictures: Channel<EncodedPicture>.Receiver
  let jobs: Channel<UpscaleJob>.Sender
  let completions: Channel<Completion>.Sender
  let configuration: UpscaleConfiguration
  let buffers: Buffers
  let control: RunControl

  func run() {
    let decoder = ImageDecoder(limits: configuration.limits)
    while let encoded = pictures.receive() {
      defer { buffers.files.release(encoded.bytes) }
      guard !control.stop.isRequested else {
        completions.send(.dropped(index: encoded.index))
        continue
      }
      do throws(Failure) {
        if let job = try decode(encoded, by: decoder) {
          jobs.send(job)
        } else {
          completions.send(.dropped(index: encoded.index))
        }
      } catch {
        completions.send(.record(encoded.outcome(failing: error)))
      }
    }
  }

  /// nil if the run was stopped while the picture waited for memory.
  private func decode(_ encoded: EncodedPicture, by decoder: ImageDecoder) throws(Failure) -> UpscaleJob? {
    let start = monotonicSeconds()
    let bytes = encoded.bytes.bytes
    encoded.facts.format = FormatSniffer.format(of: bytes)
    if encoded.facts.format == .raw { encoded.facts.rawKind = FormatSniffer.rawKind(of: bytes) }
    let header = try decoder.header(of: bytes)
    try decoder.check(header, for: [])
    encoded.facts.size = header.size
    encoded.facts.orientation = header.orientation
    let size = configuration.inputSize(of: header.size)
    let order = configuration.pictureOrder
    let grid = configuration.grid(for: size)
    let needed = try configuration.memoryNeeded(size, cut: grid, kind: encoded.output.kind)
    let transient = header.decodedBytes(forPictureOf: size)
    try MemoryBudget.check(
      needed + transient, budget: configuration.memory, stage: .decode,
      "decoding \(header.size.width)x\(header.size.height) pixels to upscale them")
    buffers.memory.acquire(needed + transient)
    defer { buffers.memory.release(transient) }
    guard !control.stop.dropsWaiting else {
      buffers.memory.release(needed)
      return nil
    }
    let picture: Picture
    do throws(Failure) {
      picture = try decoder.picture(
        bytes, header: header, size: size, order: order, keepsAlpha: encoded.output.kind.hasAlpha)
    } catch {
      buffers.memory.release(needed)
      throw error
    }
    let network: UpscaleNetwork
    do throws(Failure) {
      network = try configuration.network(for: picture.pixels, format: encoded.facts.format)
    } catch {
      buffers.memory.release(needed)
      throw error
    }
    let seconds = monotonicSeconds() - start
    encoded.timings.decode = seconds * 1000
    control.metrics.count {
      $0.count(seconds, in: .decode)
      $0.pixels += header.size.area
    }
    var warnings = picture.warnings
    if size != header.size { warnings.append("reduced to \(size.width)x\(size.height) first (--max-input)") }
    if picture.isComposed { warnings.append("alpha left out: a JPEG has none, so a plain ground shows") }
    let isGreyBand = picture.isGrey || configuration.isBrightnessOnly
    return UpscaleJob(
      item: (encoded.index, encoded.path), picture: picture, facts: encoded.facts, timings: encoded.timings,
      warnings: warnings, output: encoded.output, grid: grid, scale: configuration.spec.scale,
      network: network, charge: needed, bandOrder: isGreyBand ? .grey : order)
  }
}
