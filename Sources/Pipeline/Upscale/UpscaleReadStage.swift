import Codecs
import Inputs
import Platform
import Recognition

/// A file in memory that is to be decoded and upscaled.
///
/// Unchecked: one stage owns it at a time.
final class EncodedPicture: ChannelElement, @unchecked Sendable {
  let index: Int
  let path: RawPath
  let output: (path: RawPath?, kind: EncodedFormat)
  let bytes: FileBuffer
  var facts = ImageFacts()
  var timings = Timings()
  var warnings: [String] = []
  let cost: Int

  init(item: Item, output: (path: RawPath?, kind: EncodedFormat), bytes: FileBuffer) {
    index = item.index
    path = item.path
    self.output = output
    self.bytes = bytes
    cost = bytes.capacity
  }

  func outcome(failing failure: Failure) -> Outcome {
    var outcome = Outcome(index: index, path: path, result: .failure(failure))
    outcome.facts = facts
    outcome.timings = timings
    outcome.warnings = warnings
    return outcome
  }
}

/// Items -> bytes in memory. Items whose result exists already end here.
struct UpscaleReadStage {
  let items: Channel<Item>.Receiver
  let pictures: Channel<EncodedPicture>.Sender
  let completions: Channel<Completion>.Sender
  let configuration: UpscaleConfiguration
  let reader: ItemReader
  let files: FileBufferPool
  let control: RunControl

  func run() {
    // Two inputs that were not known beforehand may map to one name; the set distinguishes the second of them from a
    // result of an earlier run.
    var names: Set<RawPath> = []
    while let item = items.receive() {
      guard !control.stop.isRequested else {
        completions.send(.dropped(index: item.index))
        continue
      }
      let output = configuration.names.output(for: item.path)
      if let outcome = conflict(of: item, output.path, names: &names) {
        completions.send(.record(outcome))
        continue
      }
      do throws(Failure) {
        pictures.send(try read(item, output))
      } catch {
        completions.send(.record(Outcome(of: item, result: .failure(error))))
      }
    }
  }

  /// The record of an item whose output is taken; nil if it is free or may be replaced.
  private func conflict(of item: Item, _ output: RawPath?, names: inout Set<RawPath>) -> Outcome? {
    guard let output else { return nil }
    let onExists = configuration.onExists
    if !configuration.namesAreDistinct, onExists != .rename, !names.insert(output).inserted {
      return Outcome(of: item, result: .failure(.sharedName(output)))
    }
    if case .fault = item.origin { return nil }
    if onExists == .error {
      let files = configuration.compares ? [EncodeStage.comparisonPath(of: output), output] : [output]
      guard let taken = files.first(where: AtomicFile.exists) else { return nil }
      return Outcome(of: item, result: .failure(Failure(writing: FileError(taken, EEXIST))))
    }
    guard onExists == .skip, AtomicFile.exists(output) else { return nil }
    let kept = Upscaled(
      file: output, size: PixelSize(width: 0, height: 0), scale: configuration.spec.scale, tiles: 0, isKept: true)
    return Outcome(of: item, result: .success([configuration.answer(kept, by: configuration.network)]))
  }

  private func read(_ item: Item, _ output: (path: RawPath?, kind: EncodedFormat)) throws(Failure) -> EncodedPicture {
    let start = monotonicSeconds()
    let bytes = files.acquire(item.byteCount(limit: reader.maxBytes))
    do throws(Failure) { try reader.read(item, into: bytes) } catch {
      files.release(bytes)
      throw error
    }
    let picture = EncodedPicture(item: item, output: output, bytes: bytes)
    picture.facts.bytes = bytes.count
    picture.facts.digest = FileReader.digest(bytes.bytes)
    let seconds = monotonicSeconds() - start
    picture.timings.read = seconds * 1000
    control.metrics.count {
      $0.bytesRead += bytes.count
      $0.count(seconds, in: .read)
    }
    return picture
  }
}
