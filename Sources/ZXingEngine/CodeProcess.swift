import Platform
import Recognition

/// A process that reads codes for one engine: a fault of the library ends that process and costs one picture. The pixels
/// and the answer are in the memory that it shares.
final class CodeProcess {
  private let process: IsolatedProcess

  init(executable: String) { process = IsolatedProcess(executable: executable, argument: CodeService.argument) }

  /// Time for a picture: 100 megapixels take about 20 s.
  private static let timeout = Duration.seconds(120)

  /// The codes of a grey picture, as `CodesHead` interprets them.
  ///
  /// Throws `timeout`, `crashed`, `outOfMemory`, `inferenceFailed`.
  func codes(in grey: UnsafePointer<UInt8>, size: PixelSize) throws(Failure) -> [Float] {
    let request = CodeRequest(size: size, seconds: Int(Self.timeout.components.seconds))
    var answer = CodeAnswer()
    let memory: UnsafeMutablePointer<UInt8>
    do throws(IsolatedProcess.Fault) {
      memory = try process.exchange(request, &answer, timeout: Self.timeout) { $0.update(from: grey, count: size.area) }
    } catch {
      throw Failure(
        .infer, error, process: "the reader of codes", work: "reading codes", purpose: "the reader of codes",
        timeout: Self.timeout)
    }
    guard let count = answer.count else {
      throw Failure(.infer, .inferenceFailed, "ZXing-C++ failed on the picture")
    }
    let numbers = UnsafeRawPointer(memory + request.answerOffset).assumingMemoryBound(to: Float.self)
    return Array(UnsafeBufferPointer(start: numbers, count: count))
  }
}

/// The message that asks for the codes of a picture. Both ends are the same executable, so its layout is theirs.
struct CodeRequest: IsolatedRequest {
  var width = 0
  var height = 0
  /// Offset of the answer in the shared memory, after the pixels.
  var answerOffset = 0
  /// Bytes of the shared memory.
  var mappedBytes = 0
  /// Bytes of memory that the library may use.
  var memory = 0
  /// Processor seconds that the library may use.
  var seconds = 0

  /// Room for the numbers of an answer. The largest code has 4,296 bytes.
  static let mostNumbers = 1 << 20
  /// Memory for what the library keeps for each pixel: bits, and copies of the picture that are reduced or turned.
  private static let bytesPerPixel = 12
  private static let libraryBytes = 256 << 20

  /// A request to be overwritten.
  init() {}

  init(size: PixelSize, seconds: Int) {
    (width, height) = (size.width, size.height)
    answerOffset = (size.area + 4095) & ~4095
    mappedBytes = answerOffset + Self.mostNumbers * MemoryLayout<Float>.size
    memory = size.area * Self.bytesPerPixel + Self.libraryBytes
    self.seconds = seconds
  }
}

/// The message that answers.
struct CodeAnswer: BitwiseCopyable {
  private var numbers = -1

  init() {}

  init(count: Int?) { numbers = count ?? -1 }

  /// How many numbers are in the shared memory; nil: the library failed.
  var count: Int? { (0...CodeRequest.mostNumbers).contains(numbers) ? numbers : nil }
}
