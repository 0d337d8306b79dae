import Codecs
import Dispatch
import Inputs
import Platform
import Recognition
import Synchronization

/// Makes thumbnails of files, upright, on several threads.
public struct ThumbnailMaker: Sendable {
  public var limits: DecodeLimits
  /// Larger files are refused.
  public var maxFileSize: Int
  public var workers: Int
  /// Of WebP. Below this, edges of 160 pixels have visible blocks.
  public static let quality = 60
  /// Long sides in pixels that are tried in turn if the thumbnails would be too many bytes.
  static let smallerSides = [320, 240, 160, 128, 112, 96, 80, 64, 56, 48, 40, 32, 24, 16]
  /// Files of which the bytes of a thumbnail are measured.
  private static let samples = 48
  /// More bytes of base64 per pixel than a thumbnail has: that of noise has 1.1.
  private static let mostBytesPerPixel = 1.3

  public init(limits: DecodeLimits, maxFileSize: Int = 256 << 20, workers: Int) {
    self.limits = limits
    self.maxFileSize = maxFileSize
    self.workers = max(1, workers)
  }

  /// The long side, at most `side`, with which thumbnails of `count` files have about `budget` bytes in a page; nil if
  /// none is small enough. `file` is nil for an image that has none.
  public func side(
    upTo side: Int, budget: Int, count: Int, file: @escaping @Sendable (Int) -> (path: RawPath, page: Int?)?
  ) -> Int? {
    func fitsSurely(_ side: Int) -> Bool {
      Double(count) * Double(side * side) * Self.mostBytesPerPixel < Double(max(0, budget))
    }
    let sides = [side] + Self.smallerSides.filter { $0 < side }
    if fitsSurely(side) { return side }
    let step = max(1, count / Self.samples)
    let sample = stride(from: 0, to: count, by: step).filter { file($0) != nil }
    guard !sample.isEmpty else { return side }
    // Images without a file cost nothing; their share is that of the sample.
    let share = Double(sample.count) / Double((count + step - 1) / step)
    return sides.first { side in
      if fitsSurely(side) { return true }
      let made = make(count: sample.count, side: side, budget: .max) { file(sample[$0]) }
      let mean = Double(made.reduce(0) { $0 + $1.size }) / Double(made.count)
      return mean * share * Double(count) * 1.08 < Double(budget)
    }
  }

  /// The thumbnails of `count` files in their order. Those that would exceed `budget` bytes of base64 are left out.
  /// `progress` is called now and then, from any thread, with the number that is done.
  public func make(
    count: Int, side: Int, budget: Int, progress: @escaping @Sendable (Int) -> Void = { _ in },
    file: @escaping @Sendable (Int) -> (path: RawPath, page: Int?)?
  ) -> [Thumbnail] {
    struct State {
      var next = 0
      var bytes = 0
      var made: [Thumbnail]
    }
    let state = Mutex(State(made: [Thumbnail](repeating: .none, count: count)))
    DispatchQueue.concurrentPerform(iterations: min(workers, max(1, count))) { _ in
      let worker = Worker(self, side: side)
      while true {
        let number = state.withLock { state in
          defer { state.next += 1 }
          return state.next
        }
        guard number < count else { return }
        if number % 64 == 0 { progress(number) }
        guard let file = file(number) else { continue }
        let thumbnail = worker.thumbnail(of: file.path, page: file.page)
        state.withLock { state in
          guard state.bytes + thumbnail.size <= budget else { return }
          state.bytes += thumbnail.size
          state.made[number] = thumbnail
        }
      }
    }
    return state.withLock { $0.made }
  }

  /// One thread's decoder and buffers.
  private final class Worker {
    private let decoder: ImageDecoder
    private let buffer = FileBuffer()
    private let maxFileSize: Int
    private let side: Int

    init(_ maker: ThumbnailMaker, side: Int) {
      decoder = ImageDecoder(limits: maker.limits)
      maxFileSize = maker.maxFileSize
      self.side = side
    }

    func thumbnail(of path: RawPath, page: Int?) -> Thumbnail {
      do throws(Failure) {
        try FileReader.read(path, into: buffer, maxBytes: maxFileSize)
        let header = try decoder.header(of: buffer.bytes, page: page.map { $0 - 1 })
        let transform = InputTransform.whole(header.size, order: .bgr, longSide: side)
        let slot = PixelBuffer(size: transform.slot, order: .bgr)
        _ = try decoder.decode(buffer.bytes, header: header, into: [(transform, slot)])
        return .picture(try ImageEncoder.encode(slot, as: .webp, quality: ThumbnailMaker.quality))
      } catch {
        return .missing("\(error.code.rawValue): \(error.message)")
      }
    }
  }
}
