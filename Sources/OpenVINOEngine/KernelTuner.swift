import EngineSupport
import Foundation
import Recognition

/// Chooses the kernels of a network's convolutions by a trial when it is compiled for the first time.
///
/// On processors with AVX2 alone OpenVINO 2026 runs all of them on its "brgconv" kernels. Two cores of a Zen 3,
/// images/s with those and with the older "jit" ones for 1x1 and depthwise convolutions: MobileNetV2 123 and 153,
/// CenterFace 24 and 32, SFace 96 and 114; but YOLOX-Nano 59 and 33, U2Net-P 3.3 and 2.1.
enum KernelTuner {
  /// Returns the network with the other kernels if it is faster, and replaces `network` in the cache by it. nil if
  /// `network` stays: it was not compiled in this run, has no alternative, or is the faster.
  static func run(_ model: LoadedModel, _ network: OpenVINONetwork, _ engine: OpenVINOEngine) -> OpenVINONetwork? {
    guard let cached = network.cacheFile, let file = CompiledNetwork(cached),
      let changed = CompiledBlob(file.withBytes { Data($0) })?.preferringJIT()
    else { return nil }
    let path = "\(cached).\(getpid()).trial"
    defer { unlink(path) }
    guard changed.withUnsafeBytes({ CompiledNetwork.write($0, to: path) }), let twin = network.twin(in: path) else {
      return nil
    }
    // Both stay mapped, whichever is not used.
    defer {
      network.returnPages()
      twin.returnPages()
    }
    guard let other = try? OpenVINOEngine(model: model, network: twin),
      let (current, candidate) = race(engine, other, on: model.card.input), candidate < 0.97 * current,
      rename(path, cached) == 0
    else { return nil }
    return twin
  }

  /// Returns the seconds of a run of each, as medians of alternating runs; nil if a run is too slow to try several.
  private static func race(_ one: OpenVINOEngine, _ other: OpenVINOEngine, on input: InputSpec) -> (Double, Double)? {
    var picture = EngineProbe.noise(EngineProbe.transform(input), seed: 1)
    guard let small = seconds(one, picture), small < 0.4, seconds(other, picture) != nil else { return nil }
    // If the shape is free, the first picture was tiny. A page takes 300 bytes for each pixel in both networks, which
    // should need no more memory together than one does on the largest piece of a page.
    let usual = PixelSize(width: 640, height: 480)
    let part = PixelSize(width: 384, height: 320)
    let transform = input.resize.rule == .page ? .whole(part, order: input.channels) : input.transform(of: usual)
    if transform.slot != picture.size, small * Double(transform.slot.area) / Double(picture.size.area) < 0.2 {
      picture = EngineProbe.noise(transform, seed: 1)
      guard seconds(one, picture) != nil, seconds(other, picture) != nil else { return nil }
    }
    var times: (current: [Double], candidate: [Double]) = ([], [])
    let end = ContinuousClock.now + .milliseconds(600)
    while times.current.count < 3 || times.current.count < 25 && ContinuousClock.now < end {
      guard let current = seconds(one, picture), let candidate = seconds(other, picture) else { return nil }
      times.current.append(current)
      times.candidate.append(candidate)
    }
    return (times.current.sorted()[times.current.count / 2], times.candidate.sorted()[times.candidate.count / 2])
  }

  private static func seconds(_ engine: OpenVINOEngine, _ picture: PixelBuffer) -> Double? {
    let start = ContinuousClock.now
    guard (try? engine.infer([picture]) { _ in }) != nil else { return nil }
    return (ContinuousClock.now - start) / .seconds(1)
  }
}
