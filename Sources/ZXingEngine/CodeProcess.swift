import CIsolation
import Platform
import Recognition

/// A process that reads codes for one engine: a fault of the library ends that process and costs one picture.
///
/// It starts with the first picture and is kept for the next ones. The pixels and the answer are in memory that both
/// processes share.
final class CodeProcess {
  private let executable: String
  private var child = cisolation_child()

  init(executable: String) { self.executable = executable }

  deinit { if isRunning { cisolation_end(&child) } }

  private var isRunning: Bool { child.process > 0 }

  /// Shared memory that is kept between pictures; more is given back.
  private static let keptBytes = 32 << 20
  /// Time for the process to start, on a machine under load.
  private static let startSeconds = 60
  /// Time for a picture: 100 megapixels take about 20 s.
  private static let seconds = 120

  /// The codes of a grey picture, as `CodesHead` interprets them.
  ///
  /// Throws `timeout`, `crashed`, `outOfMemory`, `inferenceFailed`.
  func codes(in grey: UnsafePointer<UInt8>, size: PixelSize) throws(Failure) -> [Float] {
    // One that the system ended since the last picture says nothing about this one.
    if isRunning, cisolation_is_idle(child.socket) == 0 { cisolation_end(&child) }
    if !isRunning { try start() }
    let request = CodeRequest(size: size, seconds: Self.seconds)
    cisolation_discard(&child, Self.keptBytes)
    let reserved = cisolation_reserve(&child, request.mappedBytes)
    guard reserved == 0 else {
      throw Failure(.infer, .outOfMemory, "no memory for the reader of codes: \(systemMessage(reserved))")
    }
    child.base.update(from: grey, count: size.area)
    var answer = CodeAnswer()
    let sent = withUnsafeBytes(of: request) { cisolation_send(child.socket, $0.baseAddress!, $0.count) }
    let received =
      sent != 0
      ? sent
      : cisolation_receive(
        child.socket, &answer, MemoryLayout<CodeAnswer>.size, Int64(Self.seconds) * 1_000_000_000)
    guard received == 0 else { throw end(after: received) }
    guard let count = answer.count else {
      throw Failure(.infer, .inferenceFailed, "ZXing-C++ failed on the picture")
    }
    let numbers = UnsafeRawPointer(child.base + request.answerOffset).assumingMemoryBound(to: Float.self)
    return Array(UnsafeBufferPointer(start: numbers, count: count))
  }

  private func start() throws(Failure) {
    let error = cisolation_start(&child, executable, CodeService.argument)
    guard error == 0 else {
      throw Failure(.infer, .crashed, "the reader of codes cannot be started: \(systemMessage(error))")
    }
    var rights = cisolation_rights()
    let received = cisolation_receive(
      child.socket, &rights, MemoryLayout<cisolation_rights>.size, Int64(Self.startSeconds) * 1_000_000_000)
    guard received == 0 else {
      let status = cisolation_end(&child)
      throw Failure(.infer, .crashed, "the reader of codes did not start (wait status \(status))")
    }
  }

  /// Ends the process after the fault `error` of a message; returns what that means for the picture.
  private func end(after error: Int32) -> Failure {
    let status = cisolation_end(&child)
    if error == ETIMEDOUT {
      return Failure(.infer, .timeout, "reading codes took more than \(Self.seconds) s")
    }
    switch status & 0x7F {
    case SIGXCPU, SIGALRM: return Failure(.infer, .timeout, "reading codes took more time than allowed")
    case SIGKILL: return Failure(.infer, .outOfMemory, "the system ended the reader of codes (out of memory?)")
    case 0: return Failure(.infer, .crashed, "the reader of codes ended with status \(status >> 8 & 0xFF)")
    case let signal: return Failure(.infer, .crashed, "the reader of codes was ended by signal \(signal)")
    }
  }
}

/// The message that asks for the codes of a picture. Both ends are the same executable, so its layout is theirs.
struct CodeRequest: BitwiseCopyable {
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
