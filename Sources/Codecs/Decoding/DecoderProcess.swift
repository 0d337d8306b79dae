import CDecoders
import CIsolation
import Platform
import Recognition

/// A process that decodes pictures for one worker: a fault of a library ends that process and costs one picture.
///
/// It starts with the first picture and is kept for the next ones; after a crash, a timeout or a kill by the system the
/// next picture gets a new one. The file and the pixels are in memory that both processes share.
final class DecoderProcess {
  private let executable: String
  private let timeout: Duration
  private var child = cisolation_child()
  private var rights = cisolation_rights()

  init(executable: String, timeout: Duration) {
    self.executable = executable
    self.timeout = timeout
  }

  deinit { if isRunning { cisolation_end(&child) } }

  private var isRunning: Bool { child.process > 0 }

  /// Shared memory that is kept between pictures; more is given back.
  private static let keptBytes = 32 << 20
  /// Time for the process to start, on a machine under load.
  private static let startTimeout = Duration.seconds(60)

  /// Decodes the picture that `header` describes. The pixels are valid, and may be changed, until the next call.
  ///
  /// Throws what a library throws, and `timeout`, `crashed`, `outOfMemory` for a process that had to be ended or that
  /// ended by itself.
  func decode(_ bytes: UnsafeRawBufferPointer, _ header: ImageHeader) throws(Failure)
    -> (pixels: UnsafeMutablePointer<UInt8>, stored: StoredPixels)
  {
    // One that the system ended since the last picture says nothing about this one.
    if isRunning, cisolation_is_idle(child.socket) == 0 { cisolation_end(&child) }
    if !isRunning { try start() }
    let request = DecoderRequest(header, fileBytes: bytes.count, timeout: timeout)
    cisolation_discard(&child, Self.keptBytes)
    let reserved = cisolation_reserve(&child, request.mappedBytes)
    guard reserved == 0 else {
      throw Failure(
        .decode, .outOfMemory, "\(header.formatName): no memory for the picture: \(systemMessage(reserved))")
    }
    if let data = bytes.baseAddress {
      child.base.update(from: data.assumingMemoryBound(to: UInt8.self), count: bytes.count)
    }
    var result = cdecoders_result()
    let sent = withUnsafeBytes(of: request) { cisolation_send(child.socket, $0.baseAddress!, $0.count) }
    let received =
      sent != 0
      ? sent
      : cisolation_receive(
        child.socket, &result, MemoryLayout<cdecoders_result>.size, Int64(clamping: timeout.nanoseconds))
    guard received == 0 else { throw end(after: received, decoding: header.formatName) }
    return (child.base + request.pixelOffset, try StoredPixels(result, name: header.formatName))
  }

  private func start() throws(Failure) {
    let error = cisolation_start(&child, executable, DecoderService.argument)
    guard error == 0 else {
      throw Failure(.decode, .crashed, "the decoder process cannot be started: \(systemMessage(error))")
    }
    let received = cisolation_receive(
      child.socket, &rights, MemoryLayout<cisolation_rights>.size, Int64(clamping: Self.startTimeout.nanoseconds))
    guard received == 0 else {
      let status = cisolation_end(&child)
      throw Failure(.decode, .crashed, "the decoder process did not start (wait status \(status))")
    }
  }

  /// The restrictions of decoder processes on this machine, such as "Landlock"; nil if none can be started.
  static func restrictions(executable: String) -> [String]? {
    let process = DecoderProcess(executable: executable, timeout: .seconds(30))
    guard (try? process.start()) != nil else { return nil }
    let rights = process.rights
    return [
      (rights.no_new_privileges, "no new privileges"), (rights.landlock, "Landlock"), (rights.seccomp, "seccomp"),
    ].filter { $0.0 != 0 }.map(\.1)
  }

  /// Ends the process after the fault `error` of a message; returns what that means for the picture.
  private func end(after error: Int32, decoding format: String) -> Failure {
    // A process that runs still is killed here; one that ended keeps its own status.
    let status = cisolation_end(&child)
    if error == ETIMEDOUT {
      return Failure(.decode, .timeout, "\(format): decoding took more than \(timeout.components.seconds) s")
    }
    switch status & 0x7F {
    case SIGXCPU, SIGALRM: return Failure(.decode, .timeout, "\(format): decoding took more time than allowed")
    case SIGKILL:
      return Failure(.decode, .outOfMemory, "\(format): the system ended the decoder process (out of memory?)")
    case 0: return Failure(.decode, .crashed, "\(format): the decoder process ended with status \(status >> 8 & 0xFF)")
    case let signal: return Failure(.decode, .crashed, "\(format): the decoder process was ended by signal \(signal)")
    }
  }
}

/// The message that asks a decoder process for a picture. Both ends are the same executable, so its layout is theirs.
struct DecoderRequest: BitwiseCopyable {
  var format: Int
  var width: Int
  var height: Int
  var page: Int
  /// TIFF only: offset of the directory; 0: that of the page.
  var directory: Int
  /// Bytes of the file, at the start of the shared memory.
  var fileBytes: Int
  /// Offset of the pixels in the shared memory, 4 bytes each.
  var pixelOffset: Int
  /// Bytes of the shared memory.
  var mappedBytes: Int
  /// Bytes of memory that the library may use.
  var memory: Int
  /// Processor seconds that the library may use.
  var seconds: Int

  /// Memory for what a library loads and keeps by itself, beside the pictures.
  private static let libraryBytes = 512 << 20

  /// A request to be overwritten.
  init() {
    (format, width, height, page, directory) = (0, 0, 0, 0, 0)
    (fileBytes, pixelOffset, mappedBytes, memory, seconds) = (0, 0, 0, 0, 0)
  }

  init(_ header: ImageHeader, fileBytes: Int, timeout: Duration) {
    format = ImageFormat.allCases.firstIndex(of: header.format)!
    width = header.storedSize.width
    height = header.storedSize.height
    page = header.page
    directory = header.directory
    self.fileBytes = fileBytes
    pixelOffset = (fileBytes + 4095) & ~4095
    mappedBytes = pixelOffset + max(1, header.storedSize.area * 4)
    memory = header.decodedBytes(for: []) + Self.libraryBytes
    seconds = Int(clamping: timeout.components.seconds) + 2
  }
}
