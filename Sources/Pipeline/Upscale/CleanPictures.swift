import CPixels
import Platform
import Recognition

/// Chooses between the network of the run, which was trained on what people have, and one that was trained on clean
/// reductions (antialiased, never compressed with loss), which is the better one for those alone.
///
/// Both upscale a few samples of the picture. On a clean one they agree; aliases and artefacts of compression, which one
/// of them sharpens and the other removes, make them differ. Measured on 21 photos reduced to a third in seven ways: the
/// mean squared difference, as a share of the picture's own (`threshold`), was below it on 83 % of those reduced by
/// antialiased bicubic or Lanczos filters, on 5 % of those without antialiasing, and on 10 % of those with JPEG 92 or
/// 75. The mean PSNR of such a choice is 0.07 dB below that of the better network of each picture.
public final class CleanPictures: Sendable {
  /// The network for clean pictures.
  public let network: UpscaleNetwork
  /// Engines for samples: that of the run's network, and that of the other one.
  private let samplers: [UpscaleNetwork]
  private let lock = Monitor(())

  private static let threshold = 0.022
  /// Side of a sample in input pixels.
  private static let side = 96
  private static let maxSamples = 4
  /// Positions that are looked at for samples, in either direction.
  private static let positions = 4
  /// Smaller pictures say too little.
  private static let minSide = 24

  /// `network` and `samplers` have input, scale and channels in common; each sampler has one engine.
  public init(_ network: UpscaleNetwork, samplers: (photo: UpscaleNetwork, clean: UpscaleNetwork)) {
    self.network = network
    self.samplers = [samplers.photo, samplers.clean]
  }

  /// Formats whose pictures may be clean; the others are compressed with loss, or may be.
  private static let formats: Set<ImageFormat?> = [.png, .tiff, .bmp, .pnm]

  /// Whether `picture`, decoded from a file of `format`, is clean. Throws if a network fails.
  func contains(_ picture: PixelBuffer, format: ImageFormat?) throws(Failure) -> Bool {
    guard Self.formats.contains(format), min(picture.size.width, picture.size.height) >= Self.minSide else {
      return false
    }
    let side = min(Self.side, picture.size.width, picture.size.height)
    var (difference, energy) = (0.0, 0.0)
    for place in Self.places(in: picture, side: side) {
      let slot = PixelBuffer(size: PixelSize(width: side, height: side), order: network.model.card.input.channels)
      slot.fill(from: picture, x: place.x, y: place.y)
      let results = try samplers.map { sampler throws(Failure) in try upscale(slot, by: sampler) }
      difference +=
        zip(results[0].bytes, results[1].bytes).reduce(0.0) { sum, pair in
          let d = Double(pair.0) - Double(pair.1)
          return sum + d * d
        } / Double(results[0].size.area)
      energy += place.energy
    }
    return energy > 0 && difference < Self.threshold * energy
  }

  /// The luma of a sample that a network upscaled.
  private func upscale(_ slot: PixelBuffer, by sampler: UpscaleNetwork) throws(Failure) -> PixelBuffer {
    let card = sampler.model.card
    let scale = card.head.upscale?.scale ?? 1
    let size = PixelSize(width: slot.size.width * scale, height: slot.size.height * scale)
    let luma = PixelBuffer(size: size, order: .grey)
    let engine = try sampler.engine(0)
    let result: Result<Void, Failure> = lock.withLock { _ in
      Result { () throws(Failure) in
        try engine.infer([slot]) { outputs throws(Failure) in
          let tile = try UpscaleHead.tile(
            in: outputs, image: 0, slot: slot.size, channels: slot.order.count, scale: scale)
          tile.unpack(
            PixelRect(x: 0, y: 0, width: size.width, height: size.height), width: size.width, card.input, into: luma,
            at: 0)
        }
      }
    }
    try result.get()
    return luma
  }

  /// Places of the samples: of a grid of positions those with the strongest differences between neighbours, which
  /// overlap by less than a third. `energy` is the mean squared difference of neighbours, in both directions.
  private static func places(in picture: PixelBuffer, side: Int) -> [(x: Int, y: Int, energy: Double)] {
    func offsets(_ length: Int) -> [Int] {
      Set((0..<positions).map { (length - side) * $0 / (positions - 1) }).sorted()
    }
    let candidates = offsets(picture.size.height).flatMap { y in
      offsets(picture.size.width).map { x in
        (x: x, y: y, energy: picture.energy(in: PixelRect(x: x, y: y, width: side, height: side)))
      }
    }
    var chosen: [(x: Int, y: Int, energy: Double)] = []
    for place in candidates.sorted(by: { $0.energy > $1.energy }) where chosen.count < maxSamples {
      let overlaps = chosen.contains { 10 * max(abs($0.x - place.x), abs($0.y - place.y)) < 7 * side }
      if !overlaps { chosen.append(place) }
    }
    return chosen
  }
}

extension UpscaleHead.Tile {
  /// Writes a part of the tile, which is `width` pixels wide, as bytes into `target`, from its byte `offset` on.
  func unpack(_ part: PixelRect, width: Int, _ input: InputSpec, into target: PixelBuffer, at offset: Int) {
    let channels = input.channels.count
    var samples = cpixels_samples()
    samples.step = isInterleaved ? channels : 1
    samples.row = width * samples.step
    samples.plane = isInterleaved ? 1 : values.count / channels
    samples.values = values.baseAddress! + part.y * samples.row + part.x * samples.step
    cpixels_unpack(
      samples, Int32(part.width), Int32(part.height), Int32(channels), input.mean, input.scale, target.order == .grey,
      input.channels == .bgr, target.base + offset, target.stride)
  }
}
