import CDecoders
import Platform
import Recognition

/// A process that decodes pictures for one worker: a fault of a library ends that process and costs one picture. The file
/// and the pixels are in the memory that it shares.
final class DecoderProcess {
  private let process: IsolatedProcess
  private let timeout: Duration

  init(executable: String, timeout: Duration) {
    process = IsolatedProcess(executable: executable, argument: DecoderService.argument)
    self.timeout = timeout
  }

  /// Decodes the picture that `header` describes. The pixels are valid, and may be changed, until the next call.
  ///
  /// Throws what a library throws, and `timeout`, `crashed`, `outOfMemory` for a process that had to be ended or that
  /// ended by itself.
  func decode(_ bytes: UnsafeRawBufferPointer, _ header: ImageHeader) throws(Failure)
    -> (pixels: UnsafeMutablePointer<UInt8>, stored: StoredPixels)
  {
    let request = DecoderRequest(header, fileBytes: bytes.count, timeout: timeout)
    var result = cdecoders_result()
    let memory: UnsafeMutablePointer<UInt8>
    do throws(IsolatedProcess.Fault) {
      memory = try process.exchange(request, &result, timeout: timeout) { memory in
        guard let data = bytes.baseAddress else { return }
        memory.update(from: data.assumingMemoryBound(to: UInt8.self), count: bytes.count)
      }
    } catch {
      throw Failure(
        .decode, error, process: "the decoder process", work: "decoding", purpose: "the picture", timeout: timeout,
        prefix: "\(header.formatName): ")
    }
    return (memory + request.pixelOffset, try StoredPixels(result, name: header.formatName))
  }

  /// The restrictions of decoder processes on this machine, such as "Landlock"; nil if none can be started.
  static func restrictions(executable: String) -> [String]? {
    IsolatedProcess(executable: executable, argument: DecoderService.argument).restrictions()
  }
}

/// The message that asks a decoder process for a picture. Both ends are the same executable, so its layout is theirs.
struct DecoderRequest: IsolatedRequest {
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
