import Codecs
import Dispatch
import Recognition

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What `similar` knows of an image.
public struct Fingerprint: Sendable {
  public var path: PathBytes
  /// Upright.
  public var size: PixelSize
  /// Nanoseconds since 1970.
  public var modified: Int64
  public var hash: [UInt64]
}

/// Computes the perceptual hash of every image of a feed, on several workers.
public final class Fingerprints: @unchecked Sendable {  // `feed` and `receive` are called under `monitor`
  private let feed: any Feed
  private let hash: PerceptualHash
  private let limits: DecodeLimits
  private let maxFileSize: Int
  private let stop: Stop
  private let receive: (PathBytes, Result<Fingerprint, Failure>) -> Void
  private let monitor = Monitor(())

  /// `receive` gets each image, or its failure, one at a time.
  public init(
    feed: any Feed, hash: PerceptualHash, limits: DecodeLimits, maxFileSize: Int, stop: Stop,
    receive: @escaping (PathBytes, Result<Fingerprint, Failure>) -> Void
  ) {
    self.feed = feed
    self.hash = hash
    self.limits = limits
    self.maxFileSize = maxFileSize
    self.stop = stop
    self.receive = receive
  }

  /// Runs to the end of the feed, or until it is stopped.
  public func run(workers: Int) {
    let group = DispatchGroup()
    for n in 0..<workers {
      DispatchQueue(label: "imgrec.hash.\(n)").async(group: group) { self.work() }
    }
    group.wait()
  }

  private func work() {
    let decoder = ImageDecoder(limits: limits)
    let buffer = FileBuffer()
    let input = InputSpec(
      width: hash.side, height: hash.side, resize: .init(rule: .stretch), channels: .grey, mean: [0], scale: [1])
    let slot = Pixels(size: PixelSize(width: hash.side, height: hash.side), order: .grey)
    while !stop.isRequested, let item = monitor.with({ _ in feed.next() }) {
      let result: Result<Fingerprint, Failure>
      do throws(Failure) {
        var modified: Int64 = 0
        switch item.origin {
        case .file: modified = try FileReader.read(item.path, into: buffer, maxBytes: maxFileSize).modified
        case .fileAt(let place): modified = try FileReader.read(place, into: buffer, maxBytes: maxFileSize).modified
        case .bytes(let bytes): buffer.assign(bytes)
        case .fault(let failure): throw failure
        }
        let header = try decoder.header(of: buffer.bytes)
        _ = try decoder.decode(buffer.bytes, header: header, into: [(view: input.view(of: header.size), slot: slot)])
        let words = hash(UnsafeBufferPointer(slot.bytes))
        result = .success(Fingerprint(path: item.path, size: header.size, modified: modified, hash: words))
      } catch {
        result = .failure(error)
      }
      monitor.with { _ in receive(item.path, result) }
    }
  }
}

/// Paths by number, in a file that goes with the process, so that a million of them need no memory.
public final class PathSpool {
  private let file: UnsafeMutablePointer<FILE>
  private var starts: [Int] = [0]

  public init() throws(SetupError) {
    guard let file = tmpfile() else { throw SetupError("no temporary file: \(SystemPath.message(errno))") }
    self.file = file
  }

  deinit { fclose(file) }

  public var count: Int { starts.count - 1 }

  public func append(_ path: PathBytes) throws(SetupError) {
    fseek(file, starts[count], SEEK_SET)
    guard fwrite(path.bytes, 1, path.bytes.count, file) == path.bytes.count else {
      throw SetupError("no room for temporary files: \(SystemPath.message(errno))")
    }
    starts.append(starts[count] + path.bytes.count)
  }

  public subscript(index: Int) -> PathBytes {
    var bytes = [UInt8](repeating: 0, count: starts[index + 1] - starts[index])
    fseek(file, starts[index], SEEK_SET)
    let got = fread(&bytes, 1, bytes.count, file)
    return PathBytes(bytes.prefix(got))
  }
}
